// Stand-ins for what a program is given from outside: they can be called, constructed, awaited, iterated and asked for anything.
// As real objects do, they keep what is put into their properties, and what they are asked for stays the same; what they are called
// with they keep not. `wants` says which answers lead to the place that an experiment is about, where it matters.
(function (wants) {
  "use strict";
  const { construct, ownKeys } = Reflect;
  const MOST = 20000; // stand-ins; later ones are undefined, so that a walk along them ends
  const standIns = new WeakSet();
  const wellKnown = new Set(ownKeys(Symbol).map((name) => Symbol[name]).filter((value) => typeof value === "symbol"));
  let made = 0;
  const plain = { toString: () => "", valueOf: () => 0 };
  const has = (table, key) => typeof key === "string" && Object.hasOwn(table, key);
  const value = (kind) => (kind === "undefined" ? undefined : kind === "number" ? 1 : kind === "string" ? "text" : kind === "array" ? [fresh(true), fresh(true)] : kind);

  function fresh(callable, name) {
    if (++made > MOST) return undefined;
    const inner = new Map();
    const own = callable ? function stub() {} : {};
    const original = own.prototype;
    const fixed = (key) => callable && (key === "length" || key === "name");
    const parent = callable ? new Proxy({}, { get: (target, key, self) => (typeof key === "symbol" || key === "then" || key in Object.prototype ? Reflect.get(target, key) : ask(key)) }) : undefined;
    const ask = (key) => {
      if (key === "then") return undefined;
      if (inner.has(key)) return inner.get(key);
      if (has(wants.properties, key)) return value(wants.properties[key]);
      if (key === "length" || key === "size") return 0;
      if (key in plain) return plain[key];
      if (!inner.has(key)) inner.set(key, fresh(true, String(key)));
      return inner.get(key);
    };
    let last; // where arguments are shared, the same question has the same answer
    const answer = (target, receiver, args) => {
      for (const given of args) if (typeof given === "function" && handlers.length < 100) handlers.push({ given, receiver });
      if (has(wants.results, name)) return value(wants.results[name]);
      return wants.shared ? (last ??= fresh(true)) : fresh(true);
    };
    const self = new Proxy(own, {
      get(target, key) {
        if (key === Symbol.toPrimitive) return (hint) => (hint === "number" ? 0 : "");
        if (key === Symbol.iterator) return function* () { yield ask("0"); yield ask("1"); };
        if (key === Symbol.asyncIterator) return async function* () { yield ask("0"); };
        if (key === "prototype" && callable && target.prototype === original) return parent;
        if (Object.hasOwn(target, key) && !fixed(key)) return target[key];
        return wellKnown.has(key) ? undefined : ask(key);
      },
      set(target, key, value, receiver) {
        if (receiver !== self) return Reflect.set({}, key, value, receiver);
        if (fixed(key)) inner.set(key, value);
        else target[key] = value;
        return true;
      },
      // It may be used as the description of a property: then it is one with a value.
      has: (target, key) => key !== "get" && key !== "set",
      deleteProperty: (target, key) => (delete target[key], inner.delete(key), true),
      getPrototypeOf: () => Object.prototype,
      apply: answer,
      construct: (target, args, wanted) => (wanted === self ? fresh(false) : construct(Object, [], wanted)),
    });
    standIns.add(self);
    return self;
  }

  // Arguments: kept as a caller keeps what it passes; where they are shared, those of one name are one.
  const kept = [];
  const named = new Map();
  const handlers = []; // functions that were passed to stand-ins, with whose method they were passed to
  function arg(name, kind) {
    let given = wants.shared ? named.get(name + " " + kind) : undefined;
    if (given === undefined) {
      given = kind === "object" ? fresh(false) : kind === "function" ? fresh(true, name) : kind === "key" ? 0 : value(kind);
      if (wants.shared) named.set(name + " " + kind, given);
      kept.push(given);
    }
    return given;
  }

  // Registries that are known by their type: whoever gave them keeps them.
  const registries = new Map();
  function registry(name, value) {
    if (value !== undefined && value !== null && !standIns.has(value)) return value;
    if (!registries.has(name)) registries.set(name, new FinalizationRegistry(() => {}));
    return registries.get(name);
  }
  return {
    fresh,
    arg,
    registry,
    receiver: (handler) => handlers.find(({ given }) => given === handler)?.receiver ?? arg("this", "object"),
    is: (value) => standIns.has(value),
    drop() {
      kept.length = 0;
      named.clear();
      handlers.length = 0;
    },
  };
})
