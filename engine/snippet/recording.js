// Records what an experiment's program does with the protocol: classes that stand in for the engine's, and what became of all that they saw.
//
// Marked calls carry a `Mark` as their last argument, so that a site is known by what the source says, not by a stack. Nothing here
// keeps a target, a held value or a registry alive, unless the experiment pins it. `now` is what the experiment is at.
(function (now) {
  "use strict";
  const NativeRegistry = globalThis.FinalizationRegistry;
  const NativeWeakRef = globalThis.WeakRef;
  const register = NativeRegistry.prototype.register;
  const unregister = NativeRegistry.prototype.unregister;
  const deref = NativeWeakRef.prototype.deref;
  const { apply, ownKeys } = Reflect;
  const peek = (ref) => apply(deref, ref, []);
  const ENOUGH = 20; // generations of callbacks that register again

  class Mark {
    constructor(id) {
      this.id = id;
    }
  }
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
  const emptied = new Set();
  const spot = (id) => {
    if (!spots.has(id)) spots.set(id, { before: 0, after: 0, empty: 0, fatal: 0, rejected: 0, live: 0, evicted: 0, returned: [], cancelled: 0, error: "" });
    return spots.get(id);
  };
  const take = (args) => {
    if (args.length === 0 || !(args[args.length - 1] instanceof Mark)) return 0;
    now.touched = true;
    return args.pop().id;
  };
  const weakly = (value) => (typeof value === "object" && value !== null) || typeof value === "function";
  const standing = (entry) => !entry.unregistered && entry.runs === 0;

  const waiting = (entry) => ({ alive: false, runs: 0, unregistered: entry.unregistered });
  function ran(cleanup, cell) {
    const entry = cell.entry;
    const outer = now.current;
    now.current = entry;
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
      now.current = outer;
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
  const replaceable = (held) => weakly(held) && !now.asked.is(held) && !weak(held)
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
      const generation = now.current === undefined ? 0 : now.current.generation + 1;
      if (generation > ENOUGH) return undefined;
      let id = weakly(target) ? ids.get(target) : 0;
      if (id === undefined) ids.set(target, (id = ++nextId));
      if (site && now.mode === "drop-duplicate" && own.entries.some((one) => one.target === id && standing(one))) return undefined;
      const entry = { site, call: now.call, registry: own.site, places: active, key: {}, target: id, generation, runs: 0, unregistered: false, threw: "",
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
      if (now.mode === "call-while-registered") {
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
      if (now.mode === "add-token" && found.length === 0) found = standingFor(own, token);
      if (now.mode === "own-token") found = found.filter((entry, at) => at === 0 || (entry.call !== undefined && entry.call === found[0].call));
      for (const entry of found) {
        apply(unregister, this, [entry.key]);
        entry.unregistered = true;
      }
      // That the experiment's own calls unregister what nobody registered says nothing of the program.
      const told = found.length > 0 || !now.calling || own.entries.some((entry) => weakly(token) && entry.target === ids.get(token));
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
      if (now.mode === "target-kept-until-use") pinned.push(args[0]);
      if (site && now.mode === "delete-from-collection") sweep(args[0], this);
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
  const { entriesOf, remove, isDead, isLive } = /* collections.js */(NativeWeakRef, peek, weakly);

  // What a token would cancel if registrations had one: those of that target.
  function standingFor(own, token) {
    const all = own.entries.filter(standing);
    const its = weakly(token) ? all.filter((entry) => entry.target === ids.get(token)) : [];
    return its.length > 0 || now.calling ? its : all;
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

  return { Mark, FinalizationRegistry, WeakRef, pinned, later, entries, collections, places, emptied, spot, weakly, standing, describe, isLive, look, report };
})
