// Numbers in a Buffer: `readUInt32LE`, `writeDoubleBE` and their like. The value of this script is a function that returns the methods.
(function (parts) {
  "use strict";
  const { argument, coded, range } = parts;
  const methods = {};
  const viewOf = (buffer) => new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  function check(buffer, offset, size) {
    if (typeof offset !== "number") throw argument("offset", "of type number", offset);
    if (buffer.length - size < 0) throw coded(RangeError, "ERR_BUFFER_OUT_OF_BOUNDS", "Attempt to access memory outside buffer bounds");
    if (!Number.isInteger(offset)) throw range("offset", "an integer", offset);
    if (offset < 0 || offset > buffer.length - size) throw range("offset", `>= 0 and <= ${buffer.length - size}`, offset);
  }
  function fits(value, size, signed) {
    const bits = 8 * size;
    const n = typeof value === "bigint" ? "n" : "";
    const two = n ? 2n : 2;
    const power = (exponent) => two ** (n ? BigInt(exponent) : exponent);
    const [least, most] = signed ? [-power(bits - 1), power(bits - 1)] : [power(0) - power(0), power(bits)];
    if (value >= least && value < most) return;
    const from = signed ? `-(2${n} ** ${bits - 1}${n})` : `0${n}`;
    const to = `2${n} ** ${signed ? bits - 1 : bits}${n}`;
    throw range("value", size > 4 ? `>= ${from} and < ${to}` : `>= ${least} and <= ${most - power(0)}`, value);
  }
  function add(name, work, alias = name.replace("UInt", "Uint")) {
    const { method } = { method: work };
    Object.defineProperty(method, "name", { value: name, configurable: true });
    methods[name] = method;
    if (alias !== name) methods[alias] = method;
  }

  // name, the DataView's name, bytes, whether it is an integer that must fit
  const KINDS = [
    ["UInt8", "Uint8", 1, true], ["Int8", "Int8", 1, true], ["UInt16", "Uint16", 2, true], ["Int16", "Int16", 2, true],
    ["UInt32", "Uint32", 4, true], ["Int32", "Int32", 4, true], ["BigUInt64", "BigUint64", 8, true], ["BigInt64", "BigInt64", 8, true],
    ["Float", "Float32", 4, false], ["Double", "Float64", 8, false],
  ];
  for (const [name, native, size, integer] of KINDS) {
    for (const [end, little] of size === 1 ? [["", true]] : [["LE", true], ["BE", false]]) {
      add(`read${name}${end}`, function (offset = 0) {
        check(this, offset, size);
        return viewOf(this)[`get${native}`](offset, little);
      });
      add(`write${name}${end}`, function (value, offset = 0) {
        if (integer && size < 8) value = +value;
        if (integer) fits(value, size, !name.includes("U"));
        check(this, offset, size);
        viewOf(this)[`set${native}`](offset, value, little);
        return offset + size;
      });
    }
  }

  // Integers of one to six bytes
  function length(size) {
    if (typeof size !== "number") throw argument("byteLength", "of type number", size);
    if (!(Number.isInteger(size) && size >= 1 && size <= 6)) throw range("byteLength", Number.isInteger(size) ? ">= 1 and <= 6" : "an integer", size);
  }
  for (const [end, little] of [["LE", true], ["BE", false]]) {
    for (const signed of [false, true]) {
      const name = signed ? "Int" : "UInt";
      add(`read${name}${end}`, function (offset, size) {
        if (offset === undefined) throw argument("offset", "of type number", offset);
        length(size);
        check(this, offset, size);
        let value = 0;
        for (let at = 0; at < size; at++) value = value * 256 + this[offset + (little ? size - 1 - at : at)];
        return signed && value >= 2 ** (8 * size - 1) ? value - 2 ** (8 * size) : value;
      });
      add(`write${name}${end}`, function (value, offset, size) {
        length(size);
        value = +value;
        fits(value, size, signed);
        check(this, offset, size);
        let left = value < 0 ? value + 2 ** (8 * size) : value;
        for (let at = 0; at < size; at++) {
          this[offset + (little ? at : size - 1 - at)] = left % 256;
          left = Math.floor(left / 256);
        }
        return offset + size;
      });
    }
  }
  return methods;
})
