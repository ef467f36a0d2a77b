// What an experiment's program runs in: stand-ins for what is not there, marks at the places a finding speaks of, and the steps that
// drive it. Marked calls carry a `Mark` as their last argument, so that a site is known by what the source says, not by a stack.
// Nothing here keeps a target, a held value or a registry alive, unless the experiment pins it.
(function (standIns) {
  "use strict";
  const NativeRegistry = globalThis.FinalizationRegistry;
  const NativeWeakRef = globalThis.WeakRef;
  const register = NativeRegistry.prototype.register;
  const unregister = NativeRegistry.prototype.unregister;
  const deref = NativeWeakRef.prototype.deref;
  const { apply, construct, ownKeys } = Reflect;
  const peek = (ref) => apply(deref, ref, []);
  const ENOUGH = 20; // generations of callbacks that register again

  class Mark {
    constructor(id) {
      this.id = id;
    }
  }
  const marks = [];
  const pinned = [];
  const later = [];
  const entries = [];
  const refs = [];
  const spots = new Map();
  const collections = [];
  const places = new Map();
  const ids = new WeakMap();
  const registries = new WeakMap();
  const refOf = new WeakMap();
  let nextId = 0;
  let calls = 0;
  let call; // of the function that the flagged registration belongs to, where the program says
  let current; // the registration whose callback runs
  let mode = "";
  const emptied = new Set();
  const spot = (id) => {
    if (!spots.has(id)) spots.set(id, { before: 0, after: 0, empty: 0, fatal: 0, rejected: 0, live: 0, evicted: 0, returned: [], cancelled: 0, error: "" });
    return spots.get(id);
  };
  let calling = false; // whether the module has run and the experiment calls what is in it
  let touched = false; // whether a marked call was made
  const take = (args) => {
    if (args.length === 0 || !(args[args.length - 1] instanceof Mark)) return 0;
    touched = true;
    return args.pop().id;
  };
  const weakly = (value) => (typeof value === "object" && value !== null) || typeof value === "function";
  const standing = (entry) => !entry.unregistered && entry.runs === 0;

  const waiting = (entry) => ({ alive: false, runs: 0, unregistered: entry.unregistered });
  function ran(cleanup, cell) {
    const entry = cell.entry;
    const outer = current;
    current = entry;
    if (entry.end === undefined || entry.end.alive) entry.end = waiting(entry); // its target was gone and this call stood in the queue
    entry.runs++;
    if (cell.held === undefined && cleanup.length > 0) entry.blank = true;
    try {
      const result = cleanup(cell.held);
      if (weakly(result) && typeof result.then === "function") watch(entry, result);
      return result;
    } catch (error) {
      entry.threw = describe(error);
      throw error;
    } finally {
      current = outer;
    }
  }
  function watch(entry, promise) {
    Promise.prototype.then.call(Promise.resolve(promise), undefined, (error) => {
      entry.rejected = describe(error);
    });
  }
  const describe = (error) => {
    try {
      return String(error).slice(0, 200);
    } catch {
      return "an exception";
    }
  };

  // Whether a primitive could stand for a held value: not for a weak reference, nor for what is passed in from outside.
  const replaceable = (held) => weakly(held) && !asked.is(held) && !weak(held)
    && !ownKeys(held).some((key) => weak(Object.getOwnPropertyDescriptor(held, key).value));
  const weak = (value) => value instanceof NativeWeakRef;

  class FinalizationRegistry extends NativeRegistry {
    constructor(...args) {
      const site = take(args);
      const [cleanup] = args;
      if (typeof cleanup !== "function") super(cleanup);
      else super((cell) => ran(cleanup, cell));
      registries.set(this, { site, tokens: new WeakMap(), symbols: new Map(), entries: [], call: cleanup });
    }
    register(...args) {
      const site = take(args);
      const [target, held, token] = args;
      const own = registries.get(this);
      if (own === undefined || target === held || (token !== undefined && !weakly(token) && typeof token !== "symbol")) {
        return apply(register, this, [target, held, token]);
      }
      const active = [];
      for (const [place, depth] of places) if (depth > 0) active.push(place);
      const generation = current === undefined ? 0 : current.generation + 1;
      if (generation > ENOUGH) return undefined;
      let id = weakly(target) ? ids.get(target) : 0;
      if (id === undefined) ids.set(target, (id = ++nextId));
      if (site && mode === "drop-duplicate" && own.entries.some((one) => one.target === id && standing(one))) return undefined;
      const entry = { site, call, registry: own.site, places: active, key: {}, target: id, generation, runs: 0, unregistered: false, threw: "",
        rejected: "", blank: false, released: false, again: 0, object: replaceable(held), token: token !== undefined, ref: undefined,
        end: undefined, held: undefined, settled: undefined };
      apply(register, this, [target, { entry, held }, entry.key]);
      entry.ref = new NativeWeakRef(target);
      entries.push(entry);
      own.entries.push(entry);
      if (token !== undefined) {
        const map = weakly(token) ? own.tokens : own.symbols;
        if (!map.has(token)) map.set(token, []);
        map.get(token).push(entry);
      }
      if (mode === "call-while-registered") {
        pinned.push(target);
        const callback = own.call;
        later.push(() => callback(held));
      }
      return undefined;
    }
    unregister(...args) {
      const site = take(args);
      const [token] = args;
      const own = registries.get(this);
      if (own === undefined || (!weakly(token) && typeof token !== "symbol")) return apply(unregister, this, [token]);
      const map = weakly(token) ? own.tokens : own.symbols;
      let found = (map.get(token) ?? []).filter(standing);
      if (mode === "add-token" && found.length === 0) found = standingFor(own, token);
      if (mode === "own-token") found = found.filter((entry, at) => at === 0 || (entry.call !== undefined && entry.call === found[0].call));
      for (const entry of found) {
        apply(unregister, this, [entry.key]);
        entry.unregistered = true;
      }
      // That the experiment's own calls unregister what nobody registered says nothing of the program.
      const told = found.length > 0 || !calling || own.entries.some((entry) => weakly(token) && entry.target === ids.get(token));
      for (const id of told ? [site, -own.site] : []) {
        if (!id) continue;
        const seen = spot(id);
        seen.returned.push(found.length > 0);
        seen.cancelled = Math.max(seen.cancelled, new Set(found.map((entry) => entry.call ?? entry)).size);
      }
      for (const entry of own.entries) {
        if (entry.site && told) {
          const seen = spot(entry.site);
          seen.returned.push(found.length > 0);
        }
      }
      return found.length > 0;
    }
  }
  class WeakRef extends NativeWeakRef {
    constructor(...args) {
      const site = take(args);
      super(args[0]);
      const active = [];
      for (const [place, depth] of places) if (depth > 0) active.push(place);
      const record = { site, places: active, self: new NativeWeakRef(this), ref: new NativeWeakRef(args[0]), derefs: [], end: undefined, held: undefined, settled: undefined };
      refs.push(record);
      refOf.set(this, record);
      if (mode === "target-kept-until-use") pinned.push(args[0]);
      if (site && mode === "delete-from-collection") sweep(args[0], this);
    }
    deref(...args) {
      const site = take(args);
      const value = super.deref();
      const record = refOf.get(this);
      if (site) {
        if (record !== undefined && !record.derefs.includes(site)) record.derefs.push(site);
        if (value === undefined) {
          spot(site).empty++;
          emptied.add(site);
        } else emptied.delete(site);
        spot(site).after++;
      }
      return value;
    }
  }
  const sweeper = new NativeRegistry((ref) => {
    for (const collection of collections) remove(collection, (value) => value === ref || (weakly(value) && ownKeys(value).some((key) => value[key] === ref)));
  });
  const sweep = (target, ref) => apply(register, sweeper, [target, ref]);
  function entriesOf(collection) {
    if (collection instanceof Map) return [...collection];
    if (collection instanceof Set) return [...collection].map((value) => [value, value]);
    return ownKeys(collection).map((key) => [key, Object.getOwnPropertyDescriptor(collection, key).value]);
  }
  function remove(collection, test) {
    for (const [key, value] of entriesOf(collection)) {
      if (!test(value)) continue;
      if (collection instanceof Map || collection instanceof Set) collection.delete(key);
      else delete collection[key];
    }
  }
  const isDead = (value) => value instanceof NativeWeakRef ? peek(value) === undefined
    : weakly(value) && ownKeys(value).some((key) => value[key] instanceof NativeWeakRef && peek(value[key]) === undefined);
  const isLive = (value) => value instanceof NativeWeakRef ? peek(value) !== undefined
    : weakly(value) && ownKeys(value).some((key) => value[key] instanceof NativeWeakRef && peek(value[key]) !== undefined);

  // Functions and classes that only code inside of other functions can name, in the order in which they were made. They are let go
  // of before anything is concluded from what is alive.
  const MOST_MADE = 4;
  const reached = new Map();
  let asked = { fresh: () => undefined };

  const tool = {
    import: (name) => asked.fresh(true, name),
    get stub() {
      return asked.fresh(true);
    },
    arg: (name, kind) => asked.arg(name, kind),
    registry: (name, value) => asked.registry(name, value),
    reach(id, value, inside) {
      if (!reached.has(id)) reached.set(id, []);
      if (reached.get(id).length < MOST_MADE) reached.get(id).push({ value, inside });
      return value;
    },
    reached(id, turn = 0) {
      const found = reached.get(id)?.[turn];
      if (found === undefined) throw new Error("the function around it was not run");
      return found;
    },
    seen: () => touched,
    receiver: (handler) => asked.receiver(handler),
    call: () => ++calls,
    on: (number) => void (call = number),
    by: (_, value) => ((call = undefined), value),
    s: (id) => (marks[id] ??= new Mark(id)),
    pin: (value) => (pinned.push(value), value),
    b: (id) => void spot(id).before++,
    a: (id, _, value) => (spot(id).after++, value),
    in: (id) => void places.set(id, (places.get(id) ?? 0) + 1),
    out: (id, _, value) => (places.set(id, places.get(id) - 1), value),
    boom: () => {
      throw new Error("thrown by the experiment");
    },
    failed: () => Promise.reject(new Error("rejected by the experiment")),
    promise(id, value) {
      const seen = spot(id);
      if (weakly(value) && typeof value.then === "function") {
        Promise.prototype.then.call(Promise.resolve(value), undefined, () => void seen.rejected++);
      }
      return value;
    },
    // The place where a resource is released, by the program or once more by a callback.
    use(id) {
      if (current !== undefined) {
        current.again++;
        return;
      }
      spot(id).before++;
      for (const entry of entries) {
        if (!entry.site || !standing(entry)) continue;
        entry.released = true;
        if (mode === "unregister-on-release") {
          entry.unregistered = true;
          for (const registry of known()) apply(unregister, registry, [entry.key]);
        }
      }
    },
    fatal(id, error) {
      if (emptied.has(id) && error instanceof TypeError) {
        spot(id).fatal++;
        spot(id).error = describe(error);
        emptied.delete(id);
      }
    },
    collection(value) {
      if (weakly(value) && !collections.includes(value)) collections.push(value);
      return value;
    },
    // Whether an entry may go: false only for a living one where the experiment guards it.
    evict(id, collection, key) {
      const value = collection instanceof Map ? collection.get(key) : collection instanceof Set ? key : collection[key];
      const seen = spot(id);
      seen.before++;
      if (!isLive(value)) return true;
      seen.live++;
      if (mode === "guard-eviction") return false;
      seen.evicted++;
      return true;
    },
  };
  const known = () => registryRefs.map(peek).filter((registry) => registry !== undefined);
  const registryRefs = [];
  // What a token would cancel if registrations had one: those of that target.
  function standingFor(own, token) {
    const all = own.entries.filter(standing);
    const its = weakly(token) ? all.filter((entry) => entry.target === ids.get(token)) : [];
    return its.length > 0 || calling ? its : all;
  }

  function look(moment) {
    for (const entry of entries) {
      if (moment === "end" && entry.end !== undefined && !entry.end.alive && entry.end.runs === 0) continue;
      entry[moment] = { alive: peek(entry.ref) !== undefined, runs: entry.runs, unregistered: entry.unregistered };
    }
    for (const ref of refs) ref[moment] = { alive: peek(ref.ref) !== undefined, kept: peek(ref.self) !== undefined };
  }
  function report() {
    return {
      registrations: entries.map(({ site, call, registry, places, target, generation, runs, unregistered, threw, rejected, blank, released, again, object, token, end, held, settled }) =>
        ({ site, call, registry, places, target, generation, runs, unregistered, threw, rejected, blank, released, again, object, token, end, held, settled })),
      references: refs.map(({ site, places, derefs, end, held, settled }) => ({ site, places, derefs, end, held, settled })),
      spots: [...spots].map(([id, seen]) => ({ id, ...seen })),
      dead: collections.map((collection) => entriesOf(collection).filter(([, value]) => isDead(value)).length),
    };
  }

  // Encodings that the host does not know are no reason to stop.
  function tolerate() {
    const Native = globalThis.TextDecoder;
    if (typeof Native !== "function") return;
    globalThis.TextDecoder = class TextDecoder extends Native {
      constructor(label, options) {
        try {
          super(label, options);
        } catch {
          super();
        }
      }
    };
  }

  // Time for jobs, which costs less than a collection.
  async function pause() {
    for (let turn = 0; turn < 8; turn++) await undefined;
  }

  return async function experiment($, setting, names, program, steps, wants) {
    mode = setting;
    const seen = { error: "", calls: [] };
    globalThis.FinalizationRegistry = class FinalizationRegistry_ extends FinalizationRegistry {
      constructor(...args) {
        super(...args);
        registryRefs.push(new NativeWeakRef(this));
      }
    };
    Object.defineProperty(globalThis.FinalizationRegistry, "name", { value: "FinalizationRegistry" });
    globalThis.WeakRef = WeakRef;
    // An environment in which no variable is set, so that no switch in it is on.
    const settings = { env: {}, argv: [], execArgv: [], platform: "linux", versions: { node: "20.0.0" }, version: "v20.0.0", release: { name: "node" } };
    asked = standIns(wants);
    const given = { global: globalThis, process: new Proxy(settings, { get: (target, key) => (key in target ? target[key] : (target[key] = asked.fresh(true, key))) }) };
    for (const name of names) if (!(name in globalThis)) globalThis[name] = given[name] ?? asked.fresh(true, name);
    tolerate();
    let scope;
    tool.keep = (value) => void (scope = value);
    try {
      const result = program(tool);
      look("end");
      if (weakly(result)) {
        Promise.prototype.then.call(result, undefined, (error) => void (seen.error = describe(error)));
        await $.collect();
      }
    } catch (error) {
      seen.error = describe(error);
      look("end");
    }
    await (wants.quiet && steps.length > 0 ? pause() : $.collect());
    look("held");
    let results = [];
    // A function of its own, so that nothing that it had in hand is kept by this one's frame.
    function call(step) {
      const turn = seen.calls.push("") - 1;
      try {
        const made = scope === undefined ? undefined : step(scope, tool, results);
        results[turn] = made;
        look("end");
        // A promise may stay pending for ever; where it is fulfilled, its value is what a caller would have.
        if (weakly(made) && typeof made.then === "function") {
          made.then((value) => void (turn in (results ?? []) && (results[turn] = value)), (error) => void (seen.calls[turn] = describe(error)));
          return true;
        }
      } catch (error) {
        seen.calls[turn] = describe(error);
      }
      return false;
    }
    calling = steps.length > 0;
    for (const step of steps) {
      await (call(step) || !wants.quiet ? $.collect() : pause());
    }
    if (!wants.closures) reached.clear();
    if (steps.length > 0) {
      await (wants.quiet ? pause() : $.collect());
      look("held");
      // What calls gave goes before what they were made on, as objects go before what made them: the last first.
      const given = () => asked.drop();
      const last = () => results.pop();
      const made = wants.oneByOne ? results.map(() => last) : [() => (results.length = 0)];
      for (const drop of [...(wants.givenFirst ? [given, ...made] : [...made, given]), () => (results = undefined)]) {
        drop();
        look("end");
        if (wants.closures || wants.oneByOne) await $.collect();
      }
    }
    reached.clear();
    for (const late of later) {
      try {
        late();
      } catch {
        // What it throws is its own affair.
      }
    }
    for (let round = 0; round < (wants.quiet ? 1 : 2); round++) await $.collect();
    look("settled");
    $.observe("experiment", { ...seen, ...report() });
  };
})
