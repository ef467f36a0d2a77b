// node's Buffer: a Uint8Array that knows encodings. The value of this script is a function that returns the class.
(function (parts) {
  "use strict";
  const { encodings, numbers, errors } = parts;
  const { argument, coded, range } = errors;
  const MOST = Number.MAX_SAFE_INTEGER;
  const isText = (value) => typeof value === "string";
  const isBytes = (value) => value instanceof Uint8Array;
  const isRaw = (value) => value instanceof ArrayBuffer || (typeof SharedArrayBuffer === "function" && value instanceof SharedArrayBuffer);
  const KINDS = "of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object";

  class FastBuffer extends Uint8Array {}
  const wrap = (bytes) => new FastBuffer(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  function Buffer(value, encodingOrOffset, length) {
    if (typeof value !== "number") return Buffer.from(value, encodingOrOffset, length);
    if (isText(encodingOrOffset)) throw argument("string", "of type string", value);
    return Buffer.alloc(value);
  }
  Buffer.prototype = FastBuffer.prototype;
  Object.setPrototypeOf(Buffer, Uint8Array);
  Object.defineProperty(Buffer.prototype, "constructor", { value: Buffer, writable: true, configurable: true });
  Object.defineProperty(Buffer, Symbol.species, { configurable: true, get: () => FastBuffer });

  function made(size) {
    if (typeof size !== "number") throw argument("size", "of type number", size);
    if (!(size >= 0 && size <= MOST)) throw range("size", `>= 0 && <= ${MOST}`, size);
    return new FastBuffer(size);
  }
  function viewOf(raw, offset, length) {
    offset = +offset || 0;
    const most = raw.byteLength - offset;
    if (most < 0) throw coded(RangeError, "ERR_BUFFER_OUT_OF_BOUNDS", '"offset" is outside of buffer bounds');
    length = length === undefined ? most : Math.max(+length || 0, 0);
    if (length > most) throw coded(RangeError, "ERR_BUFFER_OUT_OF_BOUNDS", '"length" is outside of buffer bounds');
    return new FastBuffer(raw, offset, length);
  }
  function fromObject(value) {
    if (value.length !== undefined || isRaw(value.buffer)) return typeof value.length === "number" ? FastBuffer.from(value) : new FastBuffer();
    return value.type === "Buffer" && Array.isArray(value.data) ? FastBuffer.from(value.data) : undefined;
  }
  const order = (one, other) => {
    const shared = Math.min(one.length, other.length);
    for (let at = 0; at < shared; at++) if (one[at] !== other[at]) return one[at] < other[at] ? -1 : 1;
    return Math.sign(one.length - other.length);
  };
  const need = (name, value) => {
    if (!isBytes(value)) throw argument(name, "an instance of Buffer or Uint8Array", value);
    return value;
  };

  Object.assign(Buffer, {
    poolSize: 8192,
    from(value, encodingOrOffset, length) {
      if (isText(value)) return wrap(encodings.of(isText(encodingOrOffset) ? encodingOrOffset : undefined).bytes(value));
      if (typeof value === "object" && value !== null) {
        if (isRaw(value)) return viewOf(value, encodingOrOffset, length);
        const inner = value.valueOf?.();
        if (inner !== undefined && inner !== null && inner !== value && (isText(inner) || typeof inner === "object")) return Buffer.from(inner, encodingOrOffset, length);
        const found = fromObject(value);
        if (found !== undefined) return found;
        if (typeof value[Symbol.toPrimitive] === "function") {
          const text = value[Symbol.toPrimitive]("string");
          if (isText(text)) return Buffer.from(text, encodingOrOffset);
        }
      }
      throw argument("first argument", KINDS, value);
    },
    copyBytesFrom(view, offset = 0, length = view.length - offset) {
      const part = view.subarray(offset, offset + length);
      return Buffer.concat([new Uint8Array(part.buffer, part.byteOffset, part.byteLength)]);
    },
    of(...items) { return FastBuffer.from(items); },
    alloc(size, fill, encoding) {
      const buffer = made(size);
      return fill === undefined || fill === 0 || size === 0 ? buffer : buffer.fill(fill, encoding);
    },
    allocUnsafe(size) { return made(size); },
    allocUnsafeSlow(size) { return made(size); },
    isBuffer(value) { return value instanceof Buffer; },
    compare(one, other) { return order(need("buf1", one), need("buf2", other)); },
    isEncoding(name) { return encodings.has(name); },
    concat(list, length) {
      if (!Array.isArray(list)) throw argument("list", "an instance of Array", list);
      list.forEach((one, at) => need(`list[${at}]`, one));
      const all = made(length === undefined ? list.reduce((sum, one) => sum + one.length, 0) : length);
      let at = 0;
      for (const one of list) {
        all.set(one.subarray(0, all.length - at), at);
        at = Math.min(at + one.length, all.length);
      }
      return all;
    },
    byteLength(value, encoding) {
      if (ArrayBuffer.isView(value) || isRaw(value)) return value.byteLength;
      if (!isText(value)) throw argument("string", "of type string or an instance of Buffer or ArrayBuffer", value);
      return encodings.of(encodings.has(encoding) ? encoding : undefined).bytes(value).length;
    },
  });

  // `at` counts from the end where it is negative; NaN is the whole.
  function find(buffer, value, at, encoding, back) {
    if (isText(at)) [encoding, at] = [at, undefined];
    at = Number.isNaN(+at) ? (back ? buffer.length : 0) : Math.trunc(+at);
    if (at < 0) at += buffer.length;
    if (back && at < 0) return -1;
    if (typeof value === "number") return back ? Uint8Array.prototype.lastIndexOf.call(buffer, value & 255, at) : Uint8Array.prototype.indexOf.call(buffer, value & 255, Math.max(at, 0));
    const sought = isText(value) ? encodings.of(encoding).bytes(value) : value;
    if (!isBytes(sought)) throw argument("value", "one of type number or string or an instance of Buffer or Uint8Array", value);
    const last = buffer.length - sought.length;
    const here = (from) => sought.every((byte, index) => buffer[from + index] === byte);
    if (back) for (at = Math.min(at, last); at >= 0; at--) if (here(at)) return at;
    if (!back) for (at = Math.max(at, 0); at <= last; at++) if (here(at)) return at;
    return !back && sought.length === 0 ? Math.min(at, buffer.length) : -1;
  }
  function swap(buffer, size) {
    if (buffer.length % size !== 0) throw coded(RangeError, "ERR_INVALID_BUFFER_SIZE", `Buffer size must be a multiple of ${8 * size}-bits`);
    for (let at = 0; at < buffer.length; at += size) buffer.subarray(at, at + size).reverse();
    return buffer;
  }
  const clamp = (value, least, most, otherwise) => (value === undefined ? otherwise : Math.min(Math.max(Math.trunc(+value) || 0, least), most));

  const text = {
    copy(target, targetStart, start, end) {
      need("target", target);
      const to = clamp(targetStart, 0, target.length, 0);
      const part = this.subarray(clamp(start, 0, this.length, 0), clamp(end, 0, this.length, this.length)).subarray(0, target.length - to);
      target.set(part, to);
      return part.length;
    },
    toString(encoding, start, end) {
      const part = this.subarray(clamp(start, 0, this.length, 0), clamp(end, 0, this.length, this.length));
      return encodings.of(encoding).text(part);
    },
    equals(other) { return order(this, need("otherBuffer", other)) === 0; },
    compare(target, targetStart, targetEnd, start, end) {
      return order(this.subarray(start ?? 0, end), need("target", target).subarray(targetStart ?? 0, targetEnd));
    },
    indexOf(value, at, encoding) { return find(this, value, at, encoding, false); },
    lastIndexOf(value, at, encoding) { return find(this, value, at, encoding, true); },
    includes(value, at, encoding) { return this.indexOf(value, at, encoding) !== -1; },
    fill(value, offset, end, encoding) {
      if (isText(offset)) [encoding, offset] = [offset, undefined];
      if (isText(end)) [encoding, end] = [end, undefined];
      const part = this.subarray(offset ?? 0, end);
      const bytes = isText(value) ? encodings.of(encoding).bytes(value) : isBytes(value) ? value : [+value & 255];
      if (bytes.length === 0 && !isText(value)) throw coded(TypeError, "ERR_INVALID_ARG_VALUE", "The argument 'value' is invalid.");
      for (let at = 0; at < part.length; at++) part[at] = bytes.length > 0 ? bytes[at % bytes.length] : 0;
      return this;
    },
    write(string, offset, length, encoding) {
      if (!isText(string)) throw coded(TypeError, "ERR_INVALID_ARG_TYPE", "argument must be a string");
      if (isText(offset)) [encoding, offset] = [offset, undefined];
      if (isText(length)) [encoding, length] = [length, undefined];
      const at = offset ?? 0;
      if (!(at >= 0 && at <= this.length)) throw range("offset", `>= 0 && <= ${this.length}`, at);
      const room = Math.min(length ?? this.length, this.length - at);
      const chosen = encodings.of(encoding);
      let bytes = chosen.bytes(string);
      if (bytes.length > room) {
        let most = room; // no character is written in part
        if (chosen === encodings.of("utf8")) while (most > 0 && (bytes[most] & 0xc0) === 0x80) most--;
        if (chosen === encodings.of("utf16le")) most -= most % 2;
        bytes = bytes.subarray(0, most);
      }
      this.set(bytes, at);
      return bytes.length;
    },
    toJSON() { return { type: "Buffer", data: Array.from(this) }; },
    subarray(start, end) { return wrap(Uint8Array.prototype.subarray.call(new Uint8Array(this.buffer, this.byteOffset, this.byteLength), start, end)); },
    slice(start, end) { return this.subarray(start, end); },
    swap16() { return swap(this, 2); },
    swap32() { return swap(this, 4); },
    swap64() { return swap(this, 8); },
    [Symbol.for("nodejs.util.inspect.custom")]() {
      const bytes = Array.from(this.subarray(0, 50), (byte) => byte.toString(16).padStart(2, "0"));
      const more = this.length > 50 ? ` ... ${this.length - 50} more byte${this.length > 51 ? "s" : ""}` : "";
      return `<Buffer ${bytes.join(" ")}${more}>`;
    },
  };
  Object.assign(Buffer.prototype, numbers, text, { toLocaleString: text.toString, inspect: text[Symbol.for("nodejs.util.inspect.custom")] });
  for (const [name, of] of [["parent", "buffer"], ["offset", "byteOffset"]]) {
    Object.defineProperty(Buffer.prototype, name, { enumerable: true, get() { return this instanceof Buffer ? this[of] : undefined; } });
  }
  return Buffer;
})
