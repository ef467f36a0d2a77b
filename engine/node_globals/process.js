// node's `process`, without a process: nothing that it tells is of this machine, and time is virtual.
//
// The value of this script is a function that returns the object, and what the host asks of it: to run the callbacks of `nextTick`, to
// say that nothing is left to do, and whether the program has ended itself.
(function (parts) {
  "use strict";
  const { EventEmitter, errors, print, performance, script } = parts;
  const { apply } = Reflect;
  const VERSION = "20.0.0";
  const MEMORY = { rss: 64 << 20, heapTotal: 32 << 20, heapUsed: 16 << 20, external: 1 << 20, arrayBuffers: 1 << 16 };
  const seconds = () => performance.now() / 1000;
  const nanoseconds = () => BigInt(Math.round(performance.now() * 1e6));

  // Callbacks of `nextTick`: before the promises' jobs, and all of them

  const ticks = [];
  function nextTick(callback, ...args) {
    if (typeof callback !== "function") throw errors.argument("callback", "of type function", callback);
    ticks[ticks.length] = { callback, args };
  }
  function runTicks() {
    const any = ticks.length > 0;
    while (ticks.length > 0 && !gone) {
      const { callback, args } = ticks.shift();
      apply(callback, undefined, args);
    }
    return any;
  }

  // The end: `exit` leaves by an exception, as nothing else stops the code that called it

  let gone = false;
  let exiting = false;
  const codeOf = () => Number(process.exitCode ?? 0);
  function end(code) {
    if (code !== undefined) process.exitCode = code;
    if (!exiting) {
      exiting = true;
      process.emit("exit", codeOf());
    }
  }
  class ProcessExit extends Error {
    constructor(code) { super(`process.exit(${code})`); }
  }
  const leave = (code) => {
    end(code);
    gone = true;
    throw new ProcessExit(codeOf());
  };

  // Streams

  const textOf = (chunk) => (typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk));
  const { TextDecoder } = globalThis;
  class WriteStream extends EventEmitter {
    constructor(fd) {
      super();
      Object.assign(this, { fd, writable: true });
    }
    write(chunk, encoding, callback) {
      if (typeof chunk !== "string" && !ArrayBuffer.isView(chunk)) {
        throw errors.argument("chunk", "of type string or an instance of Buffer, TypedArray, or DataView", chunk);
      }
      print(textOf(chunk));
      const done = typeof encoding === "function" ? encoding : callback;
      if (typeof done === "function") nextTick(done);
      return true;
    }
    end(chunk, encoding, callback) {
      if (typeof chunk === "string" || ArrayBuffer.isView(chunk)) this.write(chunk, encoding);
      const done = [chunk, encoding, callback].find((one) => typeof one === "function");
      if (done !== undefined) nextTick(done);
      return this;
    }
    cork() {}
    uncork() {}
  }
  class ReadStream extends EventEmitter {
    constructor() {
      super();
      Object.assign(this, { fd: 0, readable: true });
    }
    setEncoding() { return this; }
    resume() { return this; }
    pause() { return this; }
    ref() { return this; }
    unref() { return this; }
    destroy() { return this; }
    read() { return null; }
    async *[Symbol.asyncIterator]() {}
  }

  // The environment: no variable is set; what is put in is text

  const env = new Proxy({}, {
    set: (target, key, value) => Reflect.set(target, key, String(value)),
    defineProperty: (target, key, given) => Reflect.defineProperty(target, key, "value" in given ? { ...given, value: String(given.value) } : given),
  });

  function hrtime(before) {
    const now = nanoseconds() - (before === undefined ? 0n : BigInt(before[0]) * 1000000000n + BigInt(before[1]));
    return [Number(now / 1000000000n), Number(now % 1000000000n)];
  }
  hrtime.bigint = function bigint() { return nanoseconds(); };
  function memoryUsage() { return { ...MEMORY }; }
  memoryUsage.rss = function rss() { return MEMORY.rss; };

  const named = { process() {} }.process; // can't be constructed, as node's can't usefully be
  const above = Object.create(EventEmitter.prototype, { constructor: { value: named, writable: true, configurable: true } });
  const process = Object.assign(Object.create(above), {
    version: `v${VERSION}`,
    versions: { node: VERSION },
    arch: "x64",
    platform: "linux",
    release: { name: "node" },
    exitCode: undefined,
    config: {},
    features: {},
    uptime() { return seconds(); },
    getActiveResourcesInfo() { return []; },
    cpuUsage() { return { user: Math.round(seconds() * 1e6), system: 0 }; },
    resourceUsage() { return { userCPUTime: Math.round(seconds() * 1e6), systemCPUTime: 0, maxRSS: MEMORY.rss >> 10 }; },
    memoryUsage,
    kill() { return true; },
    exit(code) { leave(code); },
    hrtime,
    getuid() { return 1000; },
    geteuid() { return 1000; },
    getgid() { return 1000; },
    getegid() { return 1000; },
    allowedNodeEnvironmentFlags: new Set(),
    emitWarning(warning, type = "Warning") {
      const made = warning instanceof Error ? warning : Object.assign(new Error(String(warning)), { name: String(type?.type ?? type) });
      nextTick(() => {
        print(`(node:${process.pid}) ${made.name}: ${made.message}\n`);
        process.emit("warning", made);
      });
    },
    nextTick,
    stdout: new WriteStream(1),
    stdin: new ReadStream(),
    stderr: new WriteStream(2),
    abort() { leave(134); },
    umask() { return 0o22; },
    chdir() {},
    cwd() { return "/"; },
    env,
    title: "node",
    argv: ["/usr/bin/node", `/${script}`],
    execArgv: [],
    pid: 1,
    ppid: 0,
    execPath: "/usr/bin/node",
    argv0: "node",
  });
  apply(EventEmitter, process, []);
  Object.defineProperty(process, Symbol.toStringTag, { value: "process", configurable: true });

  return {
    process,
    runTicks,
    // Nothing is left to do: whether somebody was told, who may have found more.
    idle: () => !gone && process.emit("beforeExit", codeOf()),
    end: () => end(),
    gone: () => gone,
  };
})
