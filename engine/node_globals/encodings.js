// Text as bytes and back, in the encodings of node's Buffer. The value of this script is a function that returns both, by the encoding's name.
(function (parts) {
  "use strict";
  const { TextEncoder, TextDecoder, atob, btoa, coded } = parts;
  const encoder = new TextEncoder();
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const { fromCharCode } = String;
  const textOf = (bytes, unit) => Array.from(bytes, (byte) => fromCharCode(unit(byte))).join("");
  const latin1 = (bytes) => textOf(bytes, (byte) => byte);
  const units = (text) => Uint8Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
  function base64(text) {
    const end = text.indexOf("=");
    const plain = (end < 0 ? text : text.slice(0, end)).replaceAll("-", "+").replaceAll("_", "/").replace(/[^A-Za-z0-9+/]/g, "");
    return units(atob(plain.length % 4 === 1 ? plain.slice(0, -1) : plain));
  }
  function hex(text) {
    const digits = /^(?:[0-9a-fA-F]{2})*/.exec(text)[0];
    return Uint8Array.from({ length: digits.length / 2 }, (_, at) => Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16));
  }
  function utf16(text) {
    const bytes = new Uint8Array(2 * text.length);
    for (let at = 0; at < text.length; at++) {
      bytes[2 * at] = text.charCodeAt(at);
      bytes[2 * at + 1] = text.charCodeAt(at) >> 8;
    }
    return bytes;
  }
  const utf16Text = (bytes) =>
    Array.from({ length: bytes.length >> 1 }, (_, at) => fromCharCode(bytes[2 * at] | (bytes[2 * at + 1] << 8))).join("");

  const ENCODINGS = {
    utf8: { bytes: (text) => encoder.encode(text), text: (bytes) => decoder.decode(bytes) },
    hex: { bytes: hex, text: (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("") },
    base64: { bytes: base64, text: (bytes) => btoa(latin1(bytes)) },
    base64url: { bytes: base64, text: (bytes) => btoa(latin1(bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "") },
    latin1: { bytes: units, text: latin1 },
    ascii: { bytes: units, text: (bytes) => textOf(bytes, (byte) => byte & 127) },
    utf16le: { bytes: utf16, text: utf16Text },
  };
  Object.assign(ENCODINGS, { "utf-8": ENCODINGS.utf8, binary: ENCODINGS.latin1, ucs2: ENCODINGS.utf16le, "ucs-2": ENCODINGS.utf16le, "utf-16le": ENCODINGS.utf16le });
  const has = (name) => typeof name === "string" && Object.hasOwn(ENCODINGS, name.toLowerCase());
  function of(name) {
    if (name === undefined || name === null || name === "") return ENCODINGS.utf8;
    if (!has(name)) throw coded(TypeError, "ERR_UNKNOWN_ENCODING", `Unknown encoding: ${name}`);
    return ENCODINGS[name.toLowerCase()];
  }
  return { has, of };
})
