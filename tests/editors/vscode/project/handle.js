const registry = new FinalizationRegistry((release) => release());

export class Handle {
  constructor(fd) {
    this.fd = fd;
    registry.register(this, () => closeFile(this.fd));
  }
}

function closeFile(fd) {
  console.log("closed", fd);
}
