// Random numbers of Web Crypto (https://w3c.github.io/webcrypto): none that anybody should trust. Ciphers and digests there are none.
(function (parts) {
  "use strict";
  const { DOMException, argument, Buffer } = parts;
  const { floor, random } = Math;
  const MOST = 65536;
  const KINDS = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, BigInt64Array, BigUint64Array];
  const bytesOf = (view) => (ArrayBuffer.isView(view) ? new Uint8Array(view.buffer, view.byteOffset, view.byteLength) : new Uint8Array(view));
  function fill(bytes) {
    for (let at = 0; at < bytes.length; at++) bytes[at] = floor(random() * 256);
  }
  function getRandomValues(view) {
    if (!KINDS.some((Kind) => view instanceof Kind)) throw new DOMException("The data argument must be an integer-type TypedArray", "TypeMismatchError");
    if (view.byteLength > MOST) throw new DOMException(`The requested length exceeds ${MOST} bytes`, "QuotaExceededError");
    fill(bytesOf(view));
    return view;
  }
  function randomUUID() {
    const bytes = new Uint8Array(16);
    fill(bytes);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const text = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return text.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  let making = false;
  class SubtleCrypto {
    constructor() { if (!making) throw new TypeError("Illegal constructor"); }
  }
  for (const name of ["decrypt", "deriveBits", "deriveKey", "digest", "encrypt", "exportKey", "generateKey", "importKey", "sign", "unwrapKey", "verify", "wrapKey"]) {
    const { method } = { async method() { throw new DOMException(`${name} is not there in jsleak run`, "NotSupportedError"); } };
    Object.defineProperty(method, "name", { value: name, configurable: true });
    Object.defineProperty(SubtleCrypto.prototype, name, { value: method, writable: true, enumerable: true, configurable: true });
  }
  class Crypto {
    constructor() { if (!making) throw new TypeError("Illegal constructor"); }
    get subtle() { return subtle; }
    getRandomValues(view) { return getRandomValues(view); }
    randomUUID() { return randomUUID(); }
  }
  making = true;
  const subtle = new SubtleCrypto();
  const crypto = new Crypto();
  making = false;

  // What the module `crypto` has besides.
  function randomBytes(size, callback) {
    if (typeof size !== "number") throw argument("size", "of type number", size);
    const bytes = Buffer.alloc(size);
    fill(bytes);
    return typeof callback === "function" ? void queueMicrotask(() => callback(null, bytes)) : bytes;
  }
  function randomInt(least, most, callback) {
    if (most === undefined || typeof most === "function") [least, most, callback] = [0, least, most];
    const made = least + floor(random() * (most - least));
    return typeof callback === "function" ? void queueMicrotask(() => callback(null, made)) : made;
  }
  function randomFillSync(view, offset = 0, size = view.byteLength - offset) {
    fill(bytesOf(view).subarray(offset, offset + size));
    return view;
  }
  function timingSafeEqual(one, other) {
    const [a, b] = [bytesOf(one), bytesOf(other)];
    if (a.length !== b.length) throw new RangeError("Input buffers must have the same byte length");
    return a.every((byte, at) => byte === b[at]);
  }
  return { crypto, Crypto, SubtleCrypto, module: { webcrypto: crypto, getRandomValues, randomUUID, randomBytes, randomInt, randomFillSync, timingSafeEqual } };
})
