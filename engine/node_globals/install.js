// node's own globals, for programs that are run as a whole: each is made as a property that is read, as node has them, so that it is
// known which ones a program used. node's modules of the same things have the same objects.
//
// The value of this script is a function that is given the host's parts and the script's name, and returns the host's further command.
// It must come before the recorder: what is made here is not the program's.
(function (parts, script) {
  "use strict";
  const errors = /* errors.js */();
  const EventEmitter = /* events.js */(errors);
  const { process, runTicks, idle, end, gone } = /* process.js */({ ...parts, EventEmitter, errors, script });
  const encodings = /* encodings.js */({ ...parts, coded: errors.coded });
  const numbers = /* buffer_numbers.js */(errors);
  const Buffer = /* buffer.js */({ encodings, numbers, errors });
  const { crypto, Crypto, SubtleCrypto, module: cryptoModule } = /* crypto.js */({ ...parts, Buffer, argument: errors.argument });
  const { MessageChannel, MessagePort, MessageEvent, receiveMessageOnPort } = /* messages.js */(parts);

  // What is asked for when the program has ended uses nothing that it may have replaced.
  const { apply, ownKeys } = Reflect;
  const arrayJoin = Array.prototype.join;
  const used = Object.create(null);
  const dress = (made) => {
    const { prototype, name } = made;
    if (!Object.hasOwn(prototype, Symbol.toStringTag)) Object.defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true });
    for (const key of ownKeys(prototype)) {
      if (typeof key !== "string" || key === "constructor") continue;
      Object.defineProperty(prototype, key, { ...Object.getOwnPropertyDescriptor(prototype, key), enumerable: true });
    }
  };
  for (const made of [Crypto, SubtleCrypto, MessageEvent]) dress(made);
  const globals = { process, Buffer, crypto, Crypto, SubtleCrypto, MessageChannel, MessagePort, MessageEvent };
  for (const name of Object.keys(globals)) {
    Object.defineProperty(globalThis, name, {
      get: { get() { used[name] = true; return globals[name]; } }.get,
      set: { set(value) { globals[name] = value; } }.set,
      enumerable: false,
      configurable: true,
    });
  }
  Object.defineProperty(globalThis, "global", { value: globalThis, writable: true, enumerable: false, configurable: true });

  // The modules' parts; what a module lacks stays a stub, but for those that are one object.
  const { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate, performance, URL, URLSearchParams } = globalThis;
  const delayed = (start) => (...given) => new Promise((resolve) => start(resolve, ...given));
  const promises = { setTimeout: delayed(setTimeout), setImmediate: (value) => new Promise((resolve) => setImmediate(resolve, value)) };
  const fileURLToPath = (url) => decodeURIComponent(new URL(url).pathname);
  const pathToFileURL = (path) => new URL(`file://${encodeURI(path).replaceAll("?", "%3F").replaceAll("#", "%23")}`);
  function inherits(constructor, above) {
    Object.defineProperty(constructor, "super_", { value: above, writable: true, configurable: true });
    Object.setPrototypeOf(constructor.prototype, above.prototype);
  }
  const whole = (value) => ({ value, whole: true });
  const modules = {
    process: whole(process),
    events: whole(EventEmitter),
    buffer: { value: { Buffer, constants: { MAX_LENGTH: Number.MAX_SAFE_INTEGER, MAX_STRING_LENGTH: 536870888 }, atob: globalThis.atob, btoa: globalThis.btoa } },
    crypto: { value: cryptoModule },
    worker_threads: { value: { MessageChannel, MessagePort, receiveMessageOnPort, isMainThread: true, parentPort: null, workerData: null, threadId: 0 } },
    timers: { value: { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate, promises } },
    "timers/promises": { value: promises },
    perf_hooks: { value: { performance } },
    url: { value: { URL, URLSearchParams, fileURLToPath, pathToFileURL } },
    util: { value: { inherits, TextEncoder: parts.TextEncoder, TextDecoder: parts.TextDecoder } },
  };
  Object.defineProperty(globalThis, "__jsleak_module", {
    value: (name) => (Object.hasOwn(modules, name.replace(/^node:/, "")) ? modules[name.replace(/^node:/, "")] : undefined),
  });

  return function command(what) {
    if (what === "ticks") return runTicks();
    if (what === "gone") return gone();
    if (what === "idle") return idle();
    if (what === "end") return end();
    if (what === "used") return apply(arrayJoin, ownKeys(used), [","]);
    return undefined;
  };
})
