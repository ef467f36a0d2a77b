// Joins the modules of one program: instantiation before evaluation, live bindings, cycles, CommonJS, stand-ins for packages.
//
// The value of this script is a function that returns the linker. A module's body is a generator that first gives its exports
// (as getters, so that bindings are live, and functions are there before any body runs), yields, and then runs.
(function () {
  const modules = [];
  Object.defineProperty(globalThis, Symbol("modules"), { value: modules }); // modules live as long as their realm does
  const stubs = new Map();
  let main; // what is run, where it is CommonJS
  const ofHost = globalThis.__jsleak_module; // what the host has of node's own modules
  const define = (object, name, get) => Object.defineProperty(object, name, { get, enumerable: true, configurable: false });

  function stub(name) {
    const children = new Map();
    const child = (key) => {
      if (!children.has(key)) children.set(key, stub(`${name}.${key}`));
      return children.get(key);
    };
    const instance = new Proxy({}, {
      get(target, key, self) {
        if (typeof key === "symbol" || key === "then" || key in target) return Reflect.get(target, key, self);
        return child(key);
      },
    });
    const base = function () {};
    base.prototype = instance;
    return new Proxy(base, {
      get(target, key) {
        if (key === "prototype") return instance;
        if (key === Symbol.toPrimitive) return () => name;
        if (key === Symbol.iterator) return function* () {};
        if (key === Symbol.asyncIterator) return async function* () {};
        if (typeof key === "symbol" || key === "then") return undefined;
        return key === "default" || key === "name" ? (key === "name" ? name : this.self) : child(key);
      },
      set: () => true,
      has: () => true,
      apply: () => stub(`${name}()`),
      construct: (target, given, made) => Object.create(made.prototype ?? instance),
    });
  }
  // What the host has of a module goes before the stub, which has all the rest.
  const standIn = (made, real) =>
    real === undefined ? made : real.whole ? real.value : new Proxy(real.value, { get: (target, key) => (key in target ? target[key] : made[key]), has: () => true });
  function packageStub(name) {
    if (!stubs.has(name)) {
      const made = standIn(stub(name), ofHost?.(name));
      stubs.set(name, new Proxy(Object.create(null), {
        get: (target, key) => (key === "default" || key === "module.exports" ? made : made[key]),
        has: () => true,
      }));
    }
    return stubs.get(name);
  }

  // `kind`: "module", "async", "commonjs", "json" or, for what only loads others, "script". `links`: specifier -> index of a module, "name" of a package, or {error}.
  function add(path, kind, imports, links, body) {
    const space = Object.create(null);
    Object.defineProperty(space, Symbol.toStringTag, { value: "Module" });
    modules.push({ path, kind, imports, links, body, space, exports: undefined, linked: false, evaluated: undefined, failure: undefined });
  }
  const found = (link) => {
    if (typeof link === "number") return modules[link];
    if (typeof link === "object") throw new Error(link.error);
    return undefined;
  };
  function link(module) {
    if (module.linked) return;
    module.linked = true;
    for (const index of module.imports) link(modules[index]);
    if (module.kind !== "module" && module.kind !== "async") return;
    module.running = module.body.call(undefined);
    const first = module.running.next();
    if (module.kind === "async") module.ready = first;
  }
  function failed(module, error) {
    module.failure = { error };
    throw error;
  }
  function once(module) {
    if (module.failure) throw module.failure.error;
    if (module.evaluated) return true;
    module.evaluated = true;
    return false;
  }
  function evaluate(module) {
    if (once(module)) return;
    try {
      for (const index of module.imports) evaluate(modules[index]);
      if (module.kind === "module") module.running.next();
      else require(module);
    } catch (error) {
      failed(module, error);
    }
  }
  async function evaluateAsync(module) {
    if (once(module)) return;
    try {
      for (const index of module.imports) await evaluateAsync(modules[index]);
      if (module.kind === "async") await module.running.next();
      else if (module.kind === "module") module.running.next();
      else require(module);
    } catch (error) {
      failed(module, error);
    }
  }
  const waits = (module, seen = new Set()) =>
    module.kind === "async" || (!seen.has(module) && seen.add(module) && module.imports.some((index) => waits(modules[index], seen)));

  function require(module) {
    if (module.kind === "module" || module.kind === "async") {
      if (waits(module)) throw new Error(`require() cannot load ${module.path}: it has a top-level await`);
      link(module);
      evaluate(module);
      return module.space;
    }
    if (module.exports === undefined) {
      module.evaluated = true;
      const made = (module.exports = { exports: {}, id: module.path, filename: "/" + module.path, loaded: false, children: [], paths: [] });
      const load = (specifier) => {
        const target = module.links[specifier];
        if (typeof target === "string") return packageStub(target).default;
        if (target === undefined) throw new Error(`Cannot find module '${specifier}': only literal paths below the script's folder are there`);
        return require(found(target));
      };
      load.main = main?.exports;
      load.cache = Object.create(null);
      load.resolve = (specifier) => (typeof module.links[specifier] === "number" ? "/" + modules[module.links[specifier]].path : specifier);
      const here = "/" + module.path.replace(/\/?[^/]*$/, "");
      try {
        module.body.call(made.exports, made.exports, load, made, "/" + module.path, here);
      } catch (error) {
        module.exports = undefined;
        throw error;
      }
      made.loaded = true;
    }
    const given = module.exports.exports;
    if (!("default" in module.space)) {
      define(module.space, "default", () => module.exports.exports);
      if ((typeof given === "object" && given !== null) || typeof given === "function") {
        for (const key of Object.keys(given)) if (key !== "default") define(module.space, key, () => module.exports.exports[key]);
      }
    }
    return given;
  }

  return {
    add,
    // `names` are the exports as getters; `keep` closes over the module's own variables, which live as long as the module does.
    exports(index, names, keep) {
      const module = modules[index];
      module.keep = keep;
      for (const name of Object.keys(names).sort()) define(module.space, name, names[name]);
      Object.preventExtensions(module.space);
    },
    space: (index) => (typeof index === "string" ? packageStub(index) : modules[index].space),
    meta(index) {
      const module = modules[index];
      const path = "/" + module.path;
      module.meta ??= Object.assign(Object.create(null), { url: "file://" + encodeURI(path), filename: path,
        dirname: path.replace(/\/[^/]*$/, "") || "/", resolve: (specifier) => "file:///" + specifier });
      return module.meta;
    },
    async load(index, specifier) {
      const target = modules[index].links[specifier];
      if (typeof target === "string") return packageStub(target);
      if (target === undefined) throw new TypeError(`Cannot find module '${specifier}': only literal paths below the script's folder are there`);
      const module = found(target);
      link(module);
      await evaluateAsync(module);
      return module.space;
    },
    run(index) {
      const module = modules[index];
      if (module.kind === "commonjs") main = module;
      link(module);
      if (waits(module)) return evaluateAsync(module);
      evaluate(module);
      return undefined;
    },
  };
})
