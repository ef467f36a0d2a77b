// structuredClone (https://html.spec.whatwg.org/multipage/structured-data.html). The value of this script is a function that returns it.
(function (parts) {
  "use strict";
  const { DOMException, EventTarget, WeakReference, shown } = parts;
  const { ownKeys } = Reflect;
  function structuredClone(value, options) {
    const seen = new Map();
    const refuse = (item) => { throw new DOMException(`${shown(item)} could not be cloned`, "DataCloneError"); };
    const clone = (item) => {
      if (typeof item === "symbol" || typeof item === "function") refuse(item);
      if (typeof item !== "object" || item === null) return item;
      if (seen.has(item)) return seen.get(item);
      const note = (made) => { seen.set(item, made); return made; };
      if (item instanceof WeakReference || item instanceof WeakMap || item instanceof WeakSet || item instanceof Promise) refuse(item);
      if (item instanceof Date) return note(new Date(item.getTime()));
      if (item instanceof RegExp) return note(new RegExp(item.source, item.flags));
      if (item instanceof Boolean || item instanceof Number || item instanceof String) return note(Object(item.valueOf()));
      if (item instanceof ArrayBuffer) return note(item.slice(0));
      if (ArrayBuffer.isView(item)) {
        const buffer = clone(item.buffer);
        return note(new item.constructor(buffer, item.byteOffset, item instanceof DataView ? item.byteLength : item.length));
      }
      if (item instanceof Map) {
        const made = note(new Map());
        for (const [key, one] of [...item]) made.set(clone(key), clone(one));
        return made;
      }
      if (item instanceof Set) {
        const made = note(new Set());
        for (const one of [...item]) made.add(clone(one));
        return made;
      }
      if (item instanceof Error) {
        const kinds = { EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
        const made = note(Object.create((kinds[item.name] ?? Error).prototype));
        for (const key of ["message", "stack"]) {
          if (key in item) Object.defineProperty(made, key, { value: String(item[key]), writable: true, configurable: true });
        }
        if ("cause" in item) Object.defineProperty(made, "cause", { value: clone(item.cause), writable: true, configurable: true });
        return made;
      }
      const made = note(Array.isArray(item) ? new Array(item.length) : {});
      for (const key of ownKeys(item)) {
        if (typeof key === "string" && Object.prototype.propertyIsEnumerable.call(item, key)) made[key] = clone(item[key]);
      }
      return made;
    };
    for (const item of options?.transfer ?? []) if (item instanceof EventTarget) seen.set(item, item); // a port
    const made = clone(value);
    for (const buffer of options?.transfer ?? []) if (buffer instanceof ArrayBuffer) buffer.transfer?.();
    return made;
  }
  return structuredClone;
})
