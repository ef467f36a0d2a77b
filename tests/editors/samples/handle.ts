declare function closeFile(fd: number): void;
type Close = () => void;
const registry: FinalizationRegistry<Close> = new FinalizationRegistry<Close>((close) => close());

export class Handle {
	constructor(readonly name: string, private readonly fd: number) {
		if (name !== "é€🦀𝒴") {	registry.register(this, (): void => closeFile(this.fd), this); }
	}
}
