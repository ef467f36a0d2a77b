// Records what a program does with FinalizationRegistry and WeakRef, on any engine, without being seen by it.
//
// The value of this script is a function that installs the recorder and returns its one command, which is never in reach of the
// program. Nothing here keeps a target, a token or a held value alive that the engine would not keep: a registration's record holds
// numbers and weak references, and what knows the record travels in a cell that only the engine's own registration holds.
// Everything used after the program has started is taken first, as the program may replace any built-in.
//
// No frame of ours is on the stack while a cleanup callback runs, nor in the stack of the errors that the engine throws for bad
// arguments. Two things can still tell: an `Error.prepareStackTrace` of the program's own is handed our frame for such an error, and
// a getter `prototype` of a `new.target` runs on top of our constructor.
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
  const bind = Function.prototype.call.bind(Function.prototype.bind);
  const uncurry = (f) => bind(Function.prototype.call, f);
  const mapGet = uncurry(NativeWeakMap.prototype.get);
  const mapSet = uncurry(NativeWeakMap.prototype.set);
  const mapDelete = uncurry(NativeWeakMap.prototype.delete);
  const nativeDeref = NativeWeakRef.prototype.deref;
  const nativeRegister = NativeRegistry.prototype.register;
  const nativeUnregister = NativeRegistry.prototype.unregister;
  const nativeToString = Function.prototype.toString;
  const indexOf = uncurry(String.prototype.indexOf);
  const lastIndexOf = uncurry(String.prototype.lastIndexOf);
  const NativeProxy = GlobalObject.Proxy;
  const slice = uncurry(String.prototype.slice);
  const join = uncurry(Array.prototype.join);
  const alive = (ref) => apply(nativeDeref, ref, []) !== undefined;
  const bare = (o) => setPrototypeOf(o, null);

  // quickjs-ng up to 0.17 holds an unregister token strongly: a token that is the target, or reaches it, would never let it go.
  // There, the engine is given a stand-in for each token, found through a WeakMap.
  return function install(quickjs, recordWeakRefs) {
    const registrations = bare([]);
    const weakrefs = bare([]);
    const registries = new NativeWeakMap(); // registry -> its record
    const references = new NativeWeakMap(); // WeakRef -> its record
    const standInOf = new NativeWeakMap(); // token -> what the engine is given for it
    const sources = new NativeWeakMap(); // our function -> the text of the engine's own
    let registryCount = 0;
    let ran = 0; // callbacks, all in all
    let latest; // the record whose callback began last
    let next; // the record whose callback the engine is about to call
    let stoodIn = false;

    // Stacks are short and unprepared while a place is looked up. These settings are accessors in quickjs-ng, properties in V8.
    const none = bare([]);
    function setting(key) {
      const { get, set } = getOwnPropertyDescriptor(NativeError, key) ?? bare({});
      const accessor = set !== undefined;
      function current() {
        if (accessor) return apply(get, NativeError, none);
        const found = getOwnPropertyDescriptor(NativeError, key);
        if (found === undefined) return undefined;
        setPrototypeOf(found, null);
        return found.get === undefined ? found.value : apply(found.get, NativeError, none);
      }
      function during(meanwhile, work) {
        if (accessor) {
          const before = apply(get, NativeError, none);
          apply(set, NativeError, [meanwhile]);
          try { return work(); } finally { apply(set, NativeError, [before]); }
        }
        const found = getOwnPropertyDescriptor(NativeError, key);
        if (found === undefined || !(found.configurable || found.writable)) return work();
        setPrototypeOf(found, null);
        defineProperty(NativeError, key, bare({ value: meanwhile, writable: true, enumerable: found.enumerable, configurable: found.configurable }));
        try { return work(); } finally { defineProperty(NativeError, key, found); }
      }
      return bare({ current, during });
    }
    const limit = setting("stackTraceLimit");
    const prepare = setting("prepareStackTrace");
    const unprepared = (work) => (prepare.current() === undefined ? work() : prepare.during(undefined, work));

    // The top frame of the program below `above`, as text "line:column".
    const holder = bare({});
    const FEW = 10; // what engines begin with
    function site(above) {
      const work = () => {
        captureStackTrace(holder, above);
        return holder.stack;
      };
      try {
        const now = limit.current();
        const text = now === FEW ? unprepared(work) : limit.during(FEW, () => unprepared(work));
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

    // How a callback is called without a frame of ours below it, and its registration known. The engine calls what `called` gives.
    //
    // V8: `Reflect.apply` itself, bound to the callback, which is given the cell as the list of arguments: reading the list's length
    // says that the callback begins. V8 shows no frame of it.
    //
    // quickjs-ng would show one. It makes a job for each registration when a target goes, in the order of the registrations: there
    // the cell is registered right after the held value (the later one's job comes first), and a Proxy of the callback takes the
    // cell in one job and stays out of the way in the next.
    function began(record) {
      record.runs++;
      ran++;
      latest = record;
    }
    function Record(registry, target, held) {
      this.id = registrations.length + 1;
      this.registry = registry;
      this.site = "";
      this.held = held;
      this.token = 0;
      this.unregistered = false;
      this.runs = 0;
      this.threw = false;
      this.ref = new NativeWeakRef(target);
      this.cell = undefined;
      this.before = undefined; // the record before with the same token
    }
    Record.prototype = bare({});
    function StandIn() {}
    StandIn.prototype = bare({});
    function Cell(record) {
      this.record = record;
      this.held = undefined;
    }
    Cell.prototype = bare({
      get length() { began(this.record); return 1; },
      get 0() { return this.held; },
    });
    const takeCell = (callback, self, given) => { next = given[0].record; };
    const handler = bare({
      get apply() {
        if (next === undefined) return takeCell;
        began(next);
        next = undefined;
        return undefined;
      },
    });
    const called = (callback) =>
      quickjs ? new NativeProxy(callback, handler) : bind(apply, undefined, callback, undefined);

    // What the engine's own method gives or throws; an error has the stack that it would have without `method` in between.
    function native(of, self, given, method) {
      try {
        return apply(of, self, given);
      } catch (error) {
        let text;
        try { text = stackWithout(error, method); } catch { /* it stays as it is */ }
        if (text === undefined) throw error;
        if (!quickjs) error.stack = text;
        else prepare.during(() => text, () => apply(of, self, given)); // a stack that is set would be a property of the error's own
        throw error;
      }
    }
    function stackWithout(error, method) {
      const most = limit.current();
      if (typeof most !== "number" || !(most > 1) || prepare.current() !== undefined) return undefined;
      const text = unprepared(() => error.stack);
      const end = indexOf(text, "\n", indexOf(text, "    at ") + 1); // of the line of the engine's own method
      const below = limit.during(most - 1, () => {
        captureStackTrace(holder, method);
        return holder.stack;
      });
      const from = indexOf(below, "    at ");
      return end < 0 || from < 0 ? undefined : slice(text, 0, end + 1) + slice(below, from);
    }
    // Plain functions, as they must be constructible; made to look like the engine's own by `replace`. V8 shows their names in messages.
    function FinalizationRegistry(cleanupCallback) {
      if (new.target === undefined) return native(NativeRegistry, undefined, [cleanupCallback], FinalizationRegistry);
      if (typeof cleanupCallback !== "function") return native(construct, undefined, [NativeRegistry, [cleanupCallback], new.target], FinalizationRegistry);
      const made = construct(NativeRegistry, [called(cleanupCallback)], new.target);
      mapSet(registries, made, bare({ id: ++registryCount, ref: new NativeWeakRef(made), tokens: new NativeWeakMap() }));
      return made;
    }

    const methods = {
      register(target, heldValue, unregisterToken = undefined) {
        const registry = mapGet(registries, this);
        // The engine itself turns down what it does not take, in its own words.
        if (registry === undefined || is(target, heldValue) || !weakly(target) || !(unregisterToken === undefined || weakly(unregisterToken))) {
          return native(nativeRegister, this, [target, heldValue, unregisterToken], methods.register);
        }
        const record = new Record(registry, target, kindOf(heldValue));
        const cell = new Cell(record);
        const token = tokenFor(unregisterToken);
        if (quickjs) apply(nativeRegister, this, [target, heldValue, token]);
        else cell.held = heldValue;
        apply(nativeRegister, this, [target, cell, token]);
        record.cell = new NativeWeakRef(cell);
        record.site = site(methods.register);
        if (unregisterToken !== undefined) {
          record.token = is(unregisterToken, target) ? 2 : 1;
          stoodIn = quickjs;
          record.before = mapGet(registry.tokens, unregisterToken);
          mapSet(registry.tokens, unregisterToken, record);
        }
        registrations[registrations.length] = record;
        return undefined;
      },
      unregister(unregisterToken) {
        const registry = mapGet(registries, this);
        const given = registry === undefined ? unregisterToken : tokenFor(unregisterToken);
        const result = native(nativeUnregister, this, [given], methods.unregister);
        let record = registry && mapGet(registry.tokens, unregisterToken);
        if (record !== undefined) mapDelete(registry.tokens, unregisterToken);
        for (; record !== undefined; record = record.before) {
          // quickjs-ng makes the job when the target goes, and what is unregistered later still runs.
          if (record.runs === 0 && (!quickjs || alive(record.ref))) record.unregistered = true;
        }
        return result;
      },
      deref() {
        const found = native(nativeDeref, this, [], methods.deref);
        const record = mapGet(references, this);
        if (record !== undefined) {
          record.derefs++;
          if (found === undefined) record.empty++;
        }
        return found;
      },
      toString() {
        const text = typeof this === "function" ? mapGet(sources, this) : undefined;
        return text === undefined ? native(nativeToString, this, [], methods.toString) : text;
      },
    };

    function tokenFor(token) {
      if (!quickjs || !weakly(token)) return token;
      let given = mapGet(standInOf, token);
      if (given === undefined) mapSet(standInOf, token, (given = new StandIn()));
      return given;
    }
    const weakly = (value) => (typeof value === "object" && value !== null) || typeof value === "function" || unregistered(value);
    const unregistered = (value) => typeof value === "symbol" && Symbol_keyFor(value) === undefined;
    const Symbol_keyFor = Symbol.keyFor;

    function WeakRef(target) {
      if (new.target === undefined) return native(NativeWeakRef, undefined, [target], WeakRef);
      const made = weakly(target) ? construct(NativeWeakRef, [target], new.target)
        : native(construct, undefined, [NativeWeakRef, [target], new.target], WeakRef);
      const record = bare({ id: weakrefs.length + 1, site: site(WeakRef), ref: new NativeWeakRef(target), derefs: 0, empty: 0 });
      weakrefs[weakrefs.length] = record;
      mapSet(references, made, record);
      return made;
    }

    for (const [name, native, made] of [["FinalizationRegistry", NativeRegistry, FinalizationRegistry], ["WeakRef", NativeWeakRef, WeakRef]]) {
      if (made === WeakRef && !recordWeakRefs) continue;
      defineProperty(made, "prototype", bare({ value: native.prototype, writable: false, enumerable: false, configurable: false }));
      replace(GlobalObject, name, made, native);
      replace(native.prototype, "constructor", made, native);
    }
    replace(NativeRegistry.prototype, "register", methods.register, nativeRegister);
    replace(NativeRegistry.prototype, "unregister", methods.unregister, nativeUnregister);
    if (recordWeakRefs) replace(NativeWeakRef.prototype, "deref", methods.deref, nativeDeref);
    replace(Function.prototype, "toString", methods.toString, nativeToString);

    const stands = (record) => record === next || alive(record.cell);
    // One row for each registration, its fields in the order that reply.py reads. `token`: 0 none, 1 one, 2 the target itself.
    function row(record) {
      const dead = !alive(record.ref);
      const state = record.runs > 0 ? "ran" : dead && !record.unregistered && stands(record) ? "pending" : "not-due";
      return record.id + "," + record.registry.id + "," + record.site + "," + (dead ? "collected" : "alive") + "," + record.held +
        "," + state + "," + (record.unregistered ? 1 : 0) + "," + record.token + "," + record.runs + "," +
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
        pending: dead && record.runs === 0 && !record.unregistered && stands(record) };
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
      if (what === "ran") {
        latest = undefined;
        return ran;
      }
      if (what === "threw") { // what escaped since "ran" was asked for: out of a callback, if one has begun
        if (latest !== undefined) latest.threw = true;
        latest = undefined;
        return undefined;
      }
      if (what === "defects") return stoodIn ? "strong-unregister-token" : "";
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
