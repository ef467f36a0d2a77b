// Records what a program does with FinalizationRegistry and WeakRef, on any engine, without being seen by it.
//
// The value of this script is a function that installs the recorder and returns its one command, which is never in reach of the
// program. Nothing here keeps a target, a token or a held value alive that the engine would not keep: a registration's record holds
// numbers and weak references, and the held value travels in a cell that only the engine's own registration holds.
// Everything used after the program has started is taken first, as the program may replace any built-in.
(function () {
  "use strict";
  const GlobalObject = globalThis;
  const NativeRegistry = GlobalObject.FinalizationRegistry;
  const NativeWeakRef = GlobalObject.WeakRef;
  const NativeWeakMap = GlobalObject.WeakMap;
  const NativeError = GlobalObject.Error;
  const { apply, construct, getOwnPropertyDescriptor, defineProperty } = Reflect;
  const { is, setPrototypeOf } = Object;
  const { stringify } = JSON;
  const captureStackTrace = NativeError.captureStackTrace;
  const uncurry = (f) => (self, ...rest) => apply(f, self, rest);
  const mapGet = uncurry(NativeWeakMap.prototype.get);
  const mapSet = uncurry(NativeWeakMap.prototype.set);
  const mapDelete = uncurry(NativeWeakMap.prototype.delete);
  const nativeDeref = NativeWeakRef.prototype.deref;
  const nativeRegister = NativeRegistry.prototype.register;
  const nativeUnregister = NativeRegistry.prototype.unregister;
  const nativeToString = Function.prototype.toString;
  const indexOf = uncurry(String.prototype.indexOf);
  const lastIndexOf = uncurry(String.prototype.lastIndexOf);
  const slice = uncurry(String.prototype.slice);
  const join = uncurry(Array.prototype.join);
  const alive = (ref) => apply(nativeDeref, ref, []) !== undefined;
  const bare = (o) => setPrototypeOf(o, null);

  // quickjs-ng up to 0.17 holds an unregister token strongly: a token that is the target, or reaches it, would never let it go.
  // There, the engine is given a stand-in for each token, found through a WeakMap.
  return function install(standIns, recordWeakRefs) {
    const registrations = bare([]);
    const weakrefs = bare([]);
    const registries = new NativeWeakMap(); // registry -> its record
    const references = new NativeWeakMap(); // WeakRef -> its record
    const standInOf = new NativeWeakMap(); // token -> what the engine is given for it
    const sources = new NativeWeakMap(); // our function -> the text of the engine's own
    let registryCount = 0;
    let ran = 0; // callbacks, all in all

    // Stacks are short and unprepared while a place is looked up. These settings are accessors in quickjs-ng, properties in V8.
    function setting(key, meanwhile) {
      const { get, set } = getOwnPropertyDescriptor(NativeError, key) ?? bare({});
      if (set !== undefined) {
        return (work) => {
          const before = apply(get, NativeError, []);
          apply(set, NativeError, [meanwhile]);
          try { return work(); } finally { apply(set, NativeError, [before]); }
        };
      }
      return (work) => {
        const found = getOwnPropertyDescriptor(NativeError, key);
        if (found === undefined || !(found.configurable || found.writable)) return work();
        setPrototypeOf(found, null);
        defineProperty(NativeError, key, bare({ value: meanwhile, writable: true, enumerable: found.enumerable, configurable: found.configurable }));
        try { return work(); } finally { defineProperty(NativeError, key, found); }
      };
    }
    const limited = setting("stackTraceLimit", 4);
    const unprepared = setting("prepareStackTrace", undefined);

    // The top frame of the program below `above`, as text "line:column".
    const holder = bare({});
    function site(above) {
      const work = () => {
        captureStackTrace(holder, above);
        return holder.stack;
      };
      try {
        const text = limited(() => unprepared(work));
        return typeof text === "string" ? frame(text) : "";
      } catch {
        return ""; // no place then; the registration still counts
      }
    }
    function frame(text) {
      let from = 0;
      while (from < text.length) {
        let to = indexOf(text, "\n", from);
        if (to < 0) to = text.length;
        const end = text[to - 1] === ")" ? to - 1 : to;
        const colon = lastIndexOf(text, ":", end);
        if (colon > from && end > colon + 1 && text[colon + 1] >= "0" && text[colon + 1] <= "9") {
          const line = lastIndexOf(text, ":", colon - 1);
          if (line > from) return slice(text, line + 1, end); // a short string of its own would still share the stack's in V8
        }
        from = to + 1;
      }
      return "";
    }

    const kindOf = (value) => (value === null ? "null" : typeof value);

    function replace(holderObject, key, made, native) {
      const found = getOwnPropertyDescriptor(holderObject, key);
      mapSet(sources, made, apply(nativeToString, native, []));
      for (const name of ["length", "name"]) {
        defineProperty(made, name, setPrototypeOf(getOwnPropertyDescriptor(native, name), null));
      }
      found.value = made;
      defineProperty(holderObject, key, setPrototypeOf(found, null));
    }

    function run(callback, cell) {
      const record = cell.record;
      record.runs++;
      ran++;
      let ended = false;
      try {
        const result = apply(callback, undefined, [cell.held]);
        ended = true;
        return result;
      } finally {
        if (!ended) record.threw = true;
      }
    }

    // A plain function, as it must be constructible; made to look like the engine's own by `replace`.
    function Registry(cleanupCallback) {
      if (new.target === undefined || typeof cleanupCallback !== "function") {
        return new.target === undefined ? NativeRegistry(cleanupCallback) : construct(NativeRegistry, [cleanupCallback], new.target);
      }
      const made = construct(NativeRegistry, [(cell) => run(cleanupCallback, cell)], new.target);
      mapSet(registries, made, bare({ id: ++registryCount, ref: new NativeWeakRef(made), tokens: new NativeWeakMap() }));
      return made;
    }

    const methods = {
      register(target, heldValue, unregisterToken = undefined) {
        const registry = mapGet(registries, this);
        // The engine itself turns down what it does not take, in its own words.
        if (registry === undefined || is(target, heldValue)) return apply(nativeRegister, this, [target, heldValue, unregisterToken]);
        const record = bare({ id: registrations.length + 1, registry, site: "", held: kindOf(heldValue), token: false,
          unregistered: false, runs: 0, threw: false, ref: undefined, cell: undefined });
        const cell = bare({ held: heldValue, record });
        const result = apply(nativeRegister, this, [target, cell, tokenFor(unregisterToken)]);
        record.ref = new NativeWeakRef(target);
        record.cell = new NativeWeakRef(cell);
        record.site = site(methods.register);
        if (unregisterToken !== undefined) {
          record.token = true;
          const same = mapGet(registry.tokens, unregisterToken);
          if (same === undefined) mapSet(registry.tokens, unregisterToken, bare([record]));
          else same[same.length] = record;
        }
        registrations[registrations.length] = record;
        return result;
      },
      unregister(unregisterToken) {
        const registry = mapGet(registries, this);
        const given = registry === undefined ? unregisterToken : tokenFor(unregisterToken);
        const result = apply(nativeUnregister, this, [given]);
        const records = registry && mapGet(registry.tokens, unregisterToken);
        if (records !== undefined) {
          // quickjs-ng makes the job when the target goes, and what is unregistered later still runs.
          for (let i = 0; i < records.length; i++) {
            if (records[i].runs === 0 && (!standIns || alive(records[i].ref))) records[i].unregistered = true;
          }
          mapDelete(registry.tokens, unregisterToken);
        }
        return result;
      },
      deref() {
        const found = apply(nativeDeref, this, []);
        const record = mapGet(references, this);
        if (record !== undefined) {
          record.derefs++;
          if (found === undefined) record.empty++;
        }
        return found;
      },
      toString() {
        const text = typeof this === "function" ? mapGet(sources, this) : undefined;
        return text === undefined ? apply(nativeToString, this, []) : text;
      },
    };

    function tokenFor(token) {
      if (!standIns || !weakly(token)) return token;
      let given = mapGet(standInOf, token);
      if (given === undefined) mapSet(standInOf, token, (given = bare({})));
      return given;
    }
    const weakly = (value) => (typeof value === "object" && value !== null) || typeof value === "function" || unregistered(value);
    const unregistered = (value) => typeof value === "symbol" && Symbol_keyFor(value) === undefined;
    const Symbol_keyFor = Symbol.keyFor;

    function Reference(target) {
      if (new.target === undefined) return NativeWeakRef(target);
      const made = construct(NativeWeakRef, [target], new.target);
      const record = bare({ id: weakrefs.length + 1, site: site(Reference), ref: new NativeWeakRef(target), derefs: 0, empty: 0 });
      weakrefs[weakrefs.length] = record;
      mapSet(references, made, record);
      return made;
    }

    for (const [name, native, made] of [["FinalizationRegistry", NativeRegistry, Registry], ["WeakRef", NativeWeakRef, Reference]]) {
      if (made === Reference && !recordWeakRefs) continue;
      defineProperty(made, "prototype", bare({ value: native.prototype, writable: false, enumerable: false, configurable: false }));
      replace(GlobalObject, name, made, native);
      replace(native.prototype, "constructor", made, native);
    }
    replace(NativeRegistry.prototype, "register", methods.register, nativeRegister);
    replace(NativeRegistry.prototype, "unregister", methods.unregister, nativeUnregister);
    if (recordWeakRefs) replace(NativeWeakRef.prototype, "deref", methods.deref, nativeDeref);
    replace(Function.prototype, "toString", methods.toString, nativeToString);

    // One row for each registration, its fields in the order of `REGISTRATION` in worker.py.
    function row(record) {
      const dead = !alive(record.ref);
      const state = record.runs > 0 ? "ran" : dead && !record.unregistered && alive(record.cell) ? "pending" : "not-due";
      return record.id + "," + record.registry.id + "," + record.site + "," + (dead ? "collected" : "alive") + "," + record.held +
        "," + state + "," + (record.unregistered ? 1 : 0) + "," + (record.token ? 1 : 0) + "," + record.runs + "," +
        (record.threw ? 1 : 0) + "," + (alive(record.registry.ref) ? 1 : 0);
    }
    function referenceRow(record) {
      return record.id + "," + record.site + "," + (alive(record.ref) ? "alive" : "collected") + "," + record.derefs + "," + record.empty;
    }
    const observed = bare({});
    function plainRow(record) {
      const dead = !alive(record.ref);
      return { id: record.id, registry: record.registry.id, target: dead ? "collected" : "alive", held: record.held,
        ran: record.runs > 0, runs: record.runs, threw: record.threw, unregistered: record.unregistered,
        pending: dead && record.runs === 0 && !record.unregistered && alive(record.cell) };
    }

    let wanted; // what resolves the drive program's `$.collect()`
    const NativePromise = Promise;
    const then = uncurry(NativePromise.prototype.then);
    const drive = {
      observe(name, value) { observed[name] = stringify(value) ?? "null"; },
      registrations() { const rows = []; for (let i = 0; i < registrations.length; i++) rows[i] = plainRow(registrations[i]); return rows; },
      collect() { return new NativePromise((resolve) => { wanted = resolve; }); },
    };
    return function command(what, argument) {
      if (what === "registrations" || what === "weakrefs") {
        const of = what === "weakrefs" ? weakrefs : registrations;
        const rowOf = what === "weakrefs" ? referenceRow : row;
        const rows = bare([]);
        for (let i = 0; i < of.length; i++) rows[i] = rowOf(of[i]) + "\n";
        return join(rows, ""); // a long text made by `+=` is a rope, which the bundled engine's binding cannot take
      }
      if (what === "observed") {
        // Made by one join: quickjs-ng leaves long concatenations as ropes, which the wheel does not take.
        const parts = bare([]);
        for (const name in observed) parts[parts.length] = join([stringify(name), observed[name]], ":");
        return join(["{", join(parts, ","), "}"], "");
      }
      if (what === "drive") {
        command.state = "running";
        then(argument(drive), () => { command.state = "done"; }, (error) => { command.state = "failed: " + error; });
        return "";
      }
      if (what === "ran") return ran;
      if (what === "state") return command.state;
      if (what === "collected") {
        const resolve = wanted;
        wanted = undefined;
        if (resolve === undefined) return false;
        resolve();
        return true;
      }
      return undefined;
    };
  };
})()
