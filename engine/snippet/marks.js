// What the marks call that are written into an experiment's program: counts, stand-ins, and what the experiment does in the program's place.
//
// The value of this script is a function that is given the record and returns the marks' tool.
(function (now, record, known) {
  "use strict";
  const { Mark, pinned, entries, collections, places, emptied, spot, weakly, standing, describe, isLive } = record;
  const { apply } = Reflect;
  const { unregister } = globalThis.FinalizationRegistry.prototype;
  const marks = [];
  let calls = 0;

  // Functions and classes that only code inside of other functions can name, in the order in which they were made. They are let go
  // of before anything is concluded from what is alive.
  const MOST_MADE = 4;
  const reached = new Map();

  const tool = {
    import: (name) => now.asked.fresh(true, name),
    get stub() {
      return now.asked.fresh(true);
    },
    arg: (name, kind) => now.asked.arg(name, kind),
    registry: (name, value) => now.asked.registry(name, value),
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
    seen: () => now.touched,
    receiver: (handler) => now.asked.receiver(handler),
    call: () => ++calls,
    on: (number) => void (now.call = number),
    by: (_, value) => ((now.call = undefined), value),
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
      if (now.current !== undefined) {
        now.current.again++;
        return;
      }
      spot(id).before++;
      for (const entry of entries) {
        if (!entry.site || !standing(entry)) continue;
        entry.released = true;
        if (now.mode === "unregister-on-release") {
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
      if (now.mode === "guard-eviction") return false;
      seen.evicted++;
      return true;
    },
  };
  return { tool, reached };
})
