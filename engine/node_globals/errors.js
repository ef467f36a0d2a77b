// Errors as node makes them: with a code that programs ask for. The value of this script is what makes them.
(function () {
  "use strict";
  function coded(Kind, code, message) {
    const error = new Kind(message);
    error.code = code;
    const toString = () => `${error.name} [${code}]: ${error.message}`;
    Object.defineProperty(error, "toString", { value: toString, writable: true, enumerable: false, configurable: true });
    return error;
  }
  function received(value) {
    if (value === null || value === undefined) return ` Received ${value}`;
    if (typeof value === "function") return ` Received function ${value.name}`;
    if (typeof value === "object") return value.constructor?.name ? ` Received an instance of ${value.constructor.name}` : " Received [Object: null prototype] {}";
    const text = typeof value === "bigint" ? `${value}n` : String(value);
    const few = text.length > 28 ? text.slice(0, 25) + "..." : text;
    return ` Received type ${typeof value} (${typeof value === "string" ? `'${few}'` : few})`;
  }
  const grouped = (value) => {
    const text = String(value);
    const large = typeof value === "bigint" || (Number.isInteger(value) && Math.abs(value) > 2 ** 32);
    return (large ? text.replace(/\B(?=(\d{3})+$)/g, "_") : text) + (typeof value === "bigint" ? "n" : "");
  };
  return {
    coded,
    // `expected` is as in `of type string or an instance of Buffer`.
    argument: (name, expected, value) =>
      coded(TypeError, "ERR_INVALID_ARG_TYPE", `The ${name.includes(" ") ? name : `"${name}" argument`} must be ${expected}.${received(value)}`),
    range: (name, expected, value) =>
      coded(RangeError, "ERR_OUT_OF_RANGE", `The value of "${name}" is out of range. It must be ${expected}. Received ${grouped(value)}`),
  };
})
