// node's EventEmitter. The value of this script is a function that returns the class.
(function (parts) {
  "use strict";
  const { argument, coded } = parts;
  const { apply, ownKeys } = Reflect;
  const errorMonitor = Symbol("events.errorMonitor");

  function EventEmitter() {
    own(this);
  }
  function own(emitter) {
    if (Object.hasOwn(emitter, "_events")) return;
    emitter._events = Object.create(null);
    emitter._eventsCount = 0;
    emitter._maxListeners ??= undefined;
  }
  const plain = (listener) => listener.listener ?? listener;
  const listOf = (emitter, name) => emitter._events?.[name] ?? [];
  function check(listener) {
    if (typeof listener !== "function") throw argument("listener", "of type function", listener);
  }
  function put(emitter, name, list) {
    const had = name in emitter._events;
    if (list.length > 0) emitter._events[name] = list;
    else delete emitter._events[name];
    emitter._eventsCount += (list.length > 0) - had;
  }
  // A list is never changed in place, as an event may be on its way through it.
  function add(emitter, name, listener, first) {
    check(listener);
    own(emitter);
    if (emitter._events.newListener !== undefined) emitter.emit("newListener", name, plain(listener));
    const before = listOf(emitter, name);
    put(emitter, name, first ? [listener, ...before] : [...before, listener]);
    return emitter;
  }
  function once(emitter, name, listener) {
    check(listener);
    const wrapper = function (...args) {
      emitter.removeListener(name, wrapper);
      return apply(listener, this, args);
    };
    Object.defineProperty(wrapper, "name", { value: "bound onceWrapper" });
    return Object.assign(wrapper, { listener });
  }

  const methods = {
    addListener(name, listener) { return add(this, name, listener, false); },
    prependListener(name, listener) { return add(this, name, listener, true); },
    once(name, listener) { return this.on(name, once(this, name, listener)); },
    prependOnceListener(name, listener) { return this.prependListener(name, once(this, name, listener)); },
    removeListener(name, listener) {
      check(listener);
      const list = listOf(this, name);
      const at = list.findLastIndex((one) => one === listener || one.listener === listener);
      if (at < 0) return this;
      put(this, name, list.toSpliced(at, 1));
      if (this._events.removeListener !== undefined) this.emit("removeListener", name, listener);
      return this;
    },
    removeAllListeners(name) {
      const names = arguments.length > 0 ? [name] : ownKeys(this._events ?? {}).filter((one) => one !== "removeListener");
      for (const one of names) for (const listener of listOf(this, one).toReversed()) this.removeListener(one, listener);
      if (arguments.length === 0) this._events = undefined, delete this._events, own(this);
      return this;
    },
    emit(name, ...args) {
      if (name === "error" && this._events?.[errorMonitor] !== undefined) this.emit(errorMonitor, ...args);
      const list = listOf(this, name);
      if (name === "error" && list.length === 0) {
        if (args[0] instanceof Error) throw args[0];
        const error = coded(Error, "ERR_UNHANDLED_ERROR", `Unhandled error. (${typeof args[0] === "string" ? `'${args[0]}'` : String(args[0])})`);
        throw Object.assign(error, { context: args[0] });
      }
      for (const listener of list) apply(listener, this, args);
      return list.length > 0;
    },
    listeners(name) { return listOf(this, name).map(plain); },
    rawListeners(name) { return [...listOf(this, name)]; },
    listenerCount(name, listener) {
      const list = listOf(this, name);
      return listener === undefined ? list.length : list.filter((one) => plain(one) === listener).length;
    },
    eventNames() { return ownKeys(this._events ?? {}); },
    setMaxListeners(count) { this._maxListeners = count; return this; },
    getMaxListeners() { return this._maxListeners ?? EventEmitter.defaultMaxListeners; },
  };
  Object.assign(EventEmitter.prototype, { _events: undefined, _eventsCount: 0, _maxListeners: undefined }, methods, {
    on: methods.addListener,
    off: methods.removeListener,
  });
  return Object.assign(EventEmitter, {
    EventEmitter,
    errorMonitor,
    defaultMaxListeners: 10,
    listenerCount: (emitter, name) => emitter.listenerCount(name),
    once: (emitter, name) =>
      new Promise((resolve, reject) => {
        const failed = (error) => {
          emitter.removeListener(name, came);
          reject(error);
        };
        const came = (...args) => {
          emitter.removeListener("error", failed);
          resolve(args);
        };
        emitter.once(name, came);
        if (name !== "error") emitter.once("error", failed);
      }),
  });
})
