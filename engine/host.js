// What a script about resources expects around it: console, timers with virtual time, microtasks, events, text, URLs.
//
// The value of this script is a function that is given how many characters of output to keep, and returns the host's command. Nothing
// here waits: a timer is due when nothing else is left to do, and the clock jumps to it. What WHATWG specifies is followed as far as
// programs commonly ask. What is node's alone is in node_globals.
(function (room) {
  "use strict";
  const { apply, ownKeys } = Reflect;
  const arrayJoin = Array.prototype.join;
  const join = (list, by) => apply(arrayJoin, list, [by]);
  const define = (name, value) =>
    Object.defineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true });
  const hidden = (prototype, names) => {
    for (const name of names) {
      const found = Object.getOwnPropertyDescriptor(prototype, name);
      Object.defineProperty(prototype, name, { ...found, enumerable: true });
    }
  };

  // Errors of the web

  class DOMException extends Error {
    #name;
    constructor(message = "", name = "Error") {
      super(message);
      this.#name = String(name);
    }
    get name() { return this.#name; }
    get code() { return { AbortError: 20, TimeoutError: 23, DataCloneError: 25, SyntaxError: 12, InvalidCharacterError: 5 }[this.#name] ?? 0; }
  }

  // Timers: an ordered list, run one at a time

  let now = 0;
  let timerId = 0;
  let idle = 0;
  const IDLE_TURNS = 100;
  const timers = new Map();
  const started = Date.now();
  function start(callback, delay, rest, repeat) {
    if (typeof callback !== "function") throw new TypeError("The callback of a timer must be a function");
    delay = Math.max(Number(delay) || 0, repeat ? 1 : 0);
    const id = ++timerId;
    timers.set(id, { at: now + delay, every: repeat ? delay : -1, callback, rest });
    return new Timeout(id);
  }
  class Timeout {
    #id;
    constructor(id) { this.#id = id; }
    ref() { return this; }
    unref() {
      const timer = timers.get(this.#id);
      if (timer) timer.unref = true;
      return this;
    }
    hasRef() { return !timers.get(this.#id)?.unref; }
    refresh() { return this; }
    close() { timers.delete(this.#id); return this; }
    [Symbol.toPrimitive]() { return this.#id; }
  }
  if (Symbol.dispose) Timeout.prototype[Symbol.dispose] = function () { this.close(); };
  const clear = (id) => { if (id !== undefined && id !== null) timers.delete(Number(id)); };
  define("setTimeout", function setTimeout(callback, delay = 0, ...rest) { return start(callback, delay, rest, false); });
  define("setInterval", function setInterval(callback, delay = 0, ...rest) { return start(callback, delay, rest, true); });
  define("setImmediate", function setImmediate(callback, ...rest) { return start(callback, 0, rest, false); });
  define("clearTimeout", function clearTimeout(id) { clear(id); });
  define("clearInterval", function clearInterval(id) { clear(id); });
  define("clearImmediate", function clearImmediate(id) { clear(id); });
  define("requestIdleCallback", function requestIdleCallback(callback) {
    return start(() => callback({ didTimeout: false, timeRemaining: () => 50 }), 0, [], false);
  });
  define("cancelIdleCallback", function cancelIdleCallback(id) { clear(id); });
  function turn() {
    let next;
    let nextId;
    let needed = false;
    for (const [id, timer] of timers) {
      needed ||= !timer.unref && timer.every < 0;
      if (next === undefined || timer.at < next.at) [next, nextId] = [timer, id];
    }
    // An interval that nobody clears never ends: where no timeout is still to come, it has this many turns.
    if (next === undefined || (!needed && (next.unref || ++idle > IDLE_TURNS))) return false;
    if (needed) idle = 0;
    now = Math.max(now, next.at);
    if (next.every < 0) timers.delete(nextId);
    else next.at = now + next.every;
    apply(next.callback, undefined, next.rest);
    return true;
  }
  if (typeof globalThis.queueMicrotask !== "function") {
    define("queueMicrotask", function queueMicrotask(callback) {
      if (typeof callback !== "function") throw new TypeError("The callback of queueMicrotask must be a function");
      // What it throws is an exception, and no rejection of a promise that nobody made.
      Promise.resolve().then(() => apply(callback, undefined, [])).catch((error) => void start(() => { throw error; }, 0, [], false));
    });
  }
  const performance = { now: () => Date.now() - started + now, timeOrigin: started, mark() {}, measure() {} };
  define("performance", performance);

  // console

  const CUSTOM = Symbol.for("nodejs.util.inspect.custom");
  function shown(value, depth = 0, seen = []) {
    switch (typeof value) {
      case "string": return depth ? JSON.stringify(value) : value;
      case "bigint": return `${value}n`;
      case "symbol": return value.toString();
      case "function": return `[${/^class\b/.test(Function.prototype.toString.call(value)) ? "class" : "Function"}: ${value.name || "(anonymous)"}]`;
      case "object": break;
      default: return Object.is(value, -0) ? "-0" : String(value);
    }
    if (value === null) return "null";
    if (seen.includes(value)) return "[Circular]";
    if (value instanceof Error) return `${value.name}: ${value.message}`;
    if (value instanceof Date) return value.toISOString();
    if (value instanceof RegExp) return String(value);
    if (typeof value[CUSTOM] === "function") return String(value[CUSTOM](2 - depth, {}, shown));
    const inner = (item) => shown(item, depth + 1, [...seen, value]);
    const name = value.constructor?.name ?? "";
    if (depth > 2) return Array.isArray(value) ? "[Array]" : `[${name || "Object"}]`;
    if (Array.isArray(value)) return `[ ${value.map(inner).join(", ")} ]`.replace("[  ]", "[]");
    if (value instanceof Map) return `Map(${value.size}) {${[...value].map(([k, v]) => ` ${inner(k)} => ${inner(v)}`).join()} }`;
    if (value instanceof Set) return `Set(${value.size}) {${[...value].map((v) => ` ${inner(v)}`).join()} }`;
    const body = Object.keys(value).map((key) => `${key}: ${inner(value[key])}`).join(", ");
    return `${name && name !== "Object" ? name + " " : ""}${body ? `{ ${body} }` : "{}"}`;
  }
  const counts = new Map();
  const lines = [];
  function print(text) {
    if (room <= 0) return;
    lines[lines.length] = text.slice(0, room).replaceAll("\0", "\u2400"); // the binding takes no text beyond a NUL
    room -= text.length;
  }
  function say(...values) {
    if (room <= 0) return;
    print(values.map((value) => { try { return shown(value); } catch { return "[unreadable]"; } }).join(" ") + "\n");
  }
  const quiet = () => {};
  const console = {
    log: say, info: say, warn: say, error: say, debug: say, trace: say, dir: (value) => say(value), table: (value) => say(value),
    group: say, groupCollapsed: say, groupEnd: quiet, time: quiet, timeEnd: quiet, timeLog: quiet,
    assert(condition, ...values) { if (!condition) say("Assertion failed:", ...values); },
    count(label = "default") { counts.set(label, (counts.get(label) ?? 0) + 1); say(`${label}: ${counts.get(label)}`); },
    countReset(label = "default") { counts.delete(label); },
  };
  define("console", console);
  define("print", function print(...values) { say(...values); });

  // Events (https://dom.spec.whatwg.org)

  class Event {
    #type; #init; #state = { stop: false, prevented: false, target: null };
    timeStamp = performance.now();
    constructor(type, init = {}) {
      this.#type = String(type);
      this.#init = init ?? {};
    }
    get type() { return this.#type; }
    get bubbles() { return Boolean(this.#init.bubbles); }
    get cancelable() { return Boolean(this.#init.cancelable); }
    get composed() { return Boolean(this.#init.composed); }
    get defaultPrevented() { return this.#state.prevented; }
    get target() { return this.#state.target; }
    get currentTarget() { return this.#state.target; }
    get isTrusted() { return false; }
    preventDefault() { if (this.cancelable) this.#state.prevented = true; }
    stopPropagation() {}
    stopImmediatePropagation() { this.#state.stop = true; }
    composedPath() { return this.#state.target ? [this.#state.target] : []; }
    static state(event) { return event.#state; }
  }
  const stateOf = Event.state;
  delete Event.state;
  class CustomEvent extends Event {
    #detail;
    constructor(type, init = {}) { super(type, init); this.#detail = init?.detail ?? null; }
    get detail() { return this.#detail; }
  }
  class EventTarget {
    #listeners = new Map();
    addEventListener(type, callback, options) {
      if (callback === null || callback === undefined) return;
      const given = typeof options === "boolean" ? { capture: options } : options ?? {};
      if (given.signal?.aborted) return;
      const list = this.#listeners.get(String(type)) ?? [];
      const capture = Boolean(given.capture);
      if (list.some((one) => one.callback === callback && one.capture === capture)) return;
      this.#listeners.set(String(type), [...list, { callback, capture, once: Boolean(given.once) }]);
      given.signal?.addEventListener("abort", () => this.removeEventListener(type, callback, given), { once: true });
    }
    removeEventListener(type, callback, options) {
      const capture = Boolean(typeof options === "boolean" ? options : options?.capture);
      const list = this.#listeners.get(String(type)) ?? [];
      const left = list.filter((one) => one.callback !== callback || one.capture !== capture);
      if (left.length) this.#listeners.set(String(type), left);
      else this.#listeners.delete(String(type));
    }
    dispatchEvent(event) {
      const state = stateOf(event);
      state.target = this;
      for (const one of this.#listeners.get(event.type) ?? []) {
        if (state.stop) break;
        if (!this.#listeners.get(event.type)?.includes(one)) continue;
        if (one.once) this.removeEventListener(event.type, one.callback, one.capture);
        try {
          if (typeof one.callback === "function") apply(one.callback, this, [event]);
          else one.callback.handleEvent(event);
        } catch (error) {
          say("Uncaught", error); // the specification reports it and goes on
        }
      }
      return !event.defaultPrevented;
    }
  }
  const handler = (prototype, type) =>
    Object.defineProperty(prototype, `on${type}`, {
      configurable: true,
      enumerable: true,
      get() { return handlers.get(this)?.[type]?.given ?? null; },
      set(given) {
        const all = handlers.get(this) ?? {};
        if (all[type]) this.removeEventListener(type, all[type].listener);
        all[type] = typeof given === "function" ? { given, listener: (event) => apply(given, this, [event]) } : undefined;
        if (all[type]) this.addEventListener(type, all[type].listener);
        handlers.set(this, all);
      },
    });
  const handlers = new WeakMap();

  let making = false;
  class AbortSignal extends EventTarget {
    #aborted = false; #reason; #dependents = [];
    constructor() {
      if (!making) throw new TypeError("Illegal constructor");
      super();
    }
    get aborted() { return this.#aborted; }
    get reason() { return this.#reason; }
    throwIfAborted() { if (this.#aborted) throw this.#reason; }
    static abort(reason) { const signal = makeSignal(); abort(signal, reason); return signal; }
    static timeout(delay) {
      const signal = makeSignal();
      start(() => abort(signal, new DOMException("The operation timed out", "TimeoutError")), delay, [], false).unref();
      return signal;
    }
    static any(signals) {
      const made = makeSignal();
      for (const signal of signals) {
        if (signal.aborted) { abort(made, signal.reason); break; }
        signal.#dependents.push(new WeakReference(made)); // held weakly, as the specification asks
      }
      return made;
    }
    static abortNow(signal, reason) {
      if (signal.#aborted) return;
      signal.#aborted = true;
      signal.#reason = reason === undefined ? new DOMException("This operation was aborted", "AbortError") : reason;
      signal.dispatchEvent(new Event("abort"));
      for (const dependent of signal.#dependents.splice(0)) {
        const found = dependent.deref();
        if (found) abort(found, signal.#reason);
      }
    }
  }
  const WeakReference = globalThis.WeakRef;
  const abort = AbortSignal.abortNow;
  delete AbortSignal.abortNow;
  handler(AbortSignal.prototype, "abort");
  function makeSignal() {
    making = true;
    try { return new AbortSignal(); } finally { making = false; }
  }
  class AbortController {
    #signal = makeSignal();
    get signal() { return this.#signal; }
    abort(reason) { abort(this.#signal, reason); }
  }

  const { TextEncoder, TextDecoder, atob, btoa, URL, URLSearchParams } = /* host_text.js */(DOMException);

  const structuredClone = /* host_clone.js */({ DOMException, EventTarget, WeakReference, shown });

  for (const made of [DOMException, Event, CustomEvent, EventTarget, AbortSignal, AbortController, TextEncoder, TextDecoder, URL, URLSearchParams]) {
    define(made.name, made);
    Object.defineProperty(made.prototype, Symbol.toStringTag, { value: made.name, configurable: true });
    hidden(made.prototype, ownKeys(made.prototype).filter((key) => typeof key === "string" && key !== "constructor"));
  }
  for (const made of [btoa, atob, structuredClone]) define(made.name, made);
  if (typeof globalThis.self === "undefined") define("self", globalThis);

  // Rejections nobody handles. Where the bundled engine can't be asked to tell (rejections.py), `run` marks the calls whose promise is
  // thrown away. What is said of a reason is said at once, as it is not to be kept.

  const rejections = [];
  function noteRejection(error, number) {
    let text;
    let stack = "";
    try { text = shown(error) || "(an empty string)"; } catch { text = "(unreadable)"; }
    try { if (error instanceof Error && typeof error.stack === "string") stack = error.stack; } catch { /* no place then */ }
    rejections[number] = [text.slice(0, 4096), stack.slice(0, 4096)];
  }
  const WATCHED = -1; // the number of the first one that was marked
  const NativePromise = Promise;
  const then = NativePromise.prototype.then;
  const watch = (value) => {
    if (value instanceof NativePromise) {
      try { apply(then, value, [undefined, (error) => void (rejections[WATCHED] ?? noteRejection(error, WATCHED))]); } catch { /* not one of the engine's own */ }
    }
    return value;
  };
  Object.defineProperty(globalThis, "__jsleak_watch", { value: watch });

  // What repeated calls allocate and is still there, by the number of the place that makes it (see allocations.py).

  const kept = [];
  let counting = false;
  let references = 0;
  let most = 100_000;
  Object.defineProperty(globalThis, "__jsleak_made", {
    value(number, made) {
      if (counting) {
        (kept[number] ??= []).push(new WeakReference(made));
        if (++references > most) {
          sweep();
          most = 100_000 + 2 * references;
        }
      }
      return made;
    },
  });
  function sweep() {
    references = 0;
    for (const number in kept) {
      kept[number] = kept[number].filter((reference) => reference.deref() !== undefined);
      references += kept[number].length;
    }
  }
  function allocations() {
    sweep();
    return join(Object.keys(kept).map((number) => `${number},${kept[number].length}\n`), "");
  }

  return function command(what, number = WATCHED) {
    if (what === "count") return void (counting = true);
    if (what === "allocations") return allocations();
    if (what === "turn") return turn();
    if (what === "parts") return { DOMException, Event, EventTarget, TextEncoder, TextDecoder, atob, btoa, structuredClone, performance, print, start };
    if (what === "note") return noteRejection;
    if (what === "rejection") return join([rejections[number]?.[0] ?? ""], ""); // no rope: the binding takes none
    if (what === "rejection-stack") return join([rejections[number]?.[1] ?? ""], "");
    if (what === "output") return join(lines, "");
    return undefined;
  };
})
