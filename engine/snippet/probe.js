// What an experiment's program runs in: stand-ins for what is not there, and the steps that drive it. What it does is seen by
// `recording.js`; the marks at the places a finding speaks of call `marks.js`.
(function (standIns) {
  "use strict";
  const { apply } = Reflect;
  const NativeWeakRef = globalThis.WeakRef;
  const { deref } = NativeWeakRef.prototype;
  // `mode`: the change that the experiment makes. `call`: of the function that the flagged registration belongs to, where the program
  // says. `current`: the registration whose callback runs. `calling`: whether the module has run and the experiment calls what is in
  // it. `touched`: whether a marked call was made. `asked`: what makes stand-ins.
  const now = { mode: "", call: undefined, current: undefined, calling: false, touched: false, asked: { fresh: () => undefined } };
  const record = /* recording.js */(now);
  const { FinalizationRegistry, WeakRef, later, weakly, describe, look, report } = record;
  const registryRefs = [];
  const known = () => registryRefs.map((ref) => apply(deref, ref, [])).filter((registry) => registry !== undefined);
  const { tool, reached } = /* marks.js */(now, record, known);

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
    now.mode = setting;
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
    now.asked = standIns(wants);
    const given = { global: globalThis, process: new Proxy(settings, { get: (target, key) => (key in target ? target[key] : (target[key] = now.asked.fresh(true, key))) }) };
    for (const name of names) if (!(name in globalThis)) globalThis[name] = given[name] ?? now.asked.fresh(true, name);
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
    now.calling = steps.length > 0;
    for (const step of steps) {
      await (call(step) || !wants.quiet ? $.collect() : pause());
    }
    if (!wants.closures) reached.clear();
    if (steps.length > 0) {
      await (wants.quiet ? pause() : $.collect());
      look("held");
      // What calls gave goes before what they were made on, as objects go before what made them: the last first.
      const given = () => now.asked.drop();
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
