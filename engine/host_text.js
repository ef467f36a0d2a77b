// Text for the host environment: UTF-8, base64, URLs. The value of this script is a function that returns the built-ins.
(function (DOMException) {
  "use strict";
  // Text (https://encoding.spec.whatwg.org): UTF-8 only

  class TextEncoder {
    get encoding() { return "utf-8"; }
    encode(text = "") {
      const bytes = [];
      for (const character of String(text).toWellFormed()) {
        const code = character.codePointAt(0);
        if (code < 0x80) bytes.push(code);
        else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
        else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
        else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
      }
      return Uint8Array.from(bytes);
    }
    encodeInto(text, target) {
      let read = 0;
      let written = 0;
      for (const character of String(text)) {
        const bytes = this.encode(character);
        if (written + bytes.length > target.length) break;
        target.set(bytes, written);
        written += bytes.length;
        read += character.length;
      }
      return { read, written };
    }
  }
  class TextDecoder {
    #fatal; #ignoreBOM;
    constructor(label = "utf-8", options = {}) {
      if (!/^\s*(utf-?8|unicode-1-1-utf-8)\s*$/i.test(label)) throw new RangeError(`The encoding ${label} is not supported`);
      this.#fatal = Boolean(options?.fatal);
      this.#ignoreBOM = Boolean(options?.ignoreBOM);
    }
    get encoding() { return "utf-8"; }
    get fatal() { return this.#fatal; }
    get ignoreBOM() { return this.#ignoreBOM; }
    decode(input = new Uint8Array()) {
      const bytes = ArrayBuffer.isView(input) ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength) : new Uint8Array(input);
      const parts = [];
      for (let at = 0; at < bytes.length; ) {
        const first = bytes[at++];
        if (first < 0x80) { parts.push(String.fromCharCode(first)); continue; }
        let more = first >= 0xc2 && first < 0xe0 ? 1 : first >= 0xe0 && first < 0xf0 ? 2 : first >= 0xf0 && first < 0xf5 ? 3 : -1;
        let low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
        let high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
        let code = more < 0 ? 0 : first & (0x3f >> more);
        while (more > 0 && bytes[at] >= low && bytes[at] <= high) {
          code = (code << 6) | (bytes[at++] & 63);
          more--;
          [low, high] = [0x80, 0xbf];
        }
        if (more !== 0 && this.#fatal) throw new TypeError("The encoded data is not valid");
        parts.push(more === 0 ? String.fromCodePoint(code) : "\ufffd");
      }
      const text = parts.join("");
      return !this.#ignoreBOM && text.startsWith("\ufeff") ? text.slice(1) : text;
    }
  }
  const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  function btoa(text) {
    let out = "";
    text = String(text);
    if (/[^\0-\xff]/.test(text)) throw new DOMException("The string has characters outside of Latin-1", "InvalidCharacterError");
    for (let i = 0; i < text.length; i += 3) {
      const bits = (text.charCodeAt(i) << 16) | ((text.charCodeAt(i + 1) || 0) << 8) | (text.charCodeAt(i + 2) || 0);
      const left = text.length - i;
      out += BASE64[bits >> 18] + BASE64[(bits >> 12) & 63] + (left > 1 ? BASE64[(bits >> 6) & 63] : "=") + (left > 2 ? BASE64[bits & 63] : "=");
    }
    return out;
  }
  function atob(text) {
    text = String(text).replace(/[\t\n\f\r ]/g, "").replace(/^((?:.{4})*(?:.{2}==|.{3}=))$/, (all) => all.replace(/=+$/, ""));
    if (text.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(text)) throw new DOMException("The string is not base64", "InvalidCharacterError");
    let out = "";
    let bits = 0;
    let count = 0;
    for (const character of text) {
      bits = ((bits << 6) | BASE64.indexOf(character)) & 0xffffff;
      count += 6;
      if (count >= 8) out += String.fromCharCode((bits >> (count -= 8)) & 255);
    }
    return out;
  }

  // URL (https://url.spec.whatwg.org): absolute and relative URLs of common schemes; no IDNA, no opaque hosts

  const PORTS = { "http:": "80", "https:": "443", "ws:": "80", "wss:": "443", "ftp:": "21", "file:": "" };
  const PARTS = /^([a-zA-Z][a-zA-Z0-9+.-]*:)?(?:\/\/([^\/?#\\]*))?([^?#]*)(\?[^#]*)?(#.*)?$/s;
  const encoded = (text, keep) => encodeURI(text.toWellFormed()).replace(/%25([0-9a-fA-F]{2})/g, "%$1").replace(keep, encodeURIComponent);
  function resolvePath(path) {
    const out = [];
    const segments = path.split("/");
    segments.forEach((segment, index) => {
      const last = index === segments.length - 1;
      if (/^(\.|%2e)$/i.test(segment)) { if (last) out.push(""); return; }
      if (/^(\.|%2e){2}$/i.test(segment)) { if (out.length > 1) out.pop(); if (last) out.push(""); return; }
      out.push(segment);
    });
    return out.join("/");
  }
  function parse(text, base) {
    text = String(text).replace(/^[\0-\x20]+|[\0-\x20]+$/g, "").replace(/[\t\n\r]/g, "");
    const bad = () => { throw Object.assign(new TypeError("Invalid URL"), { code: "ERR_INVALID_URL", input: text }); };
    const found = PARTS.exec(text);
    if (!found) bad();
    let [, protocol, authority, path, search = "", hash = ""] = found;
    protocol = protocol?.toLowerCase();
    if (!protocol && !base) bad();
    const special = (protocol ?? base.protocol) in PORTS;
    if (special) path = path.replaceAll("\\", "/");
    const url = { protocol: protocol ?? base.protocol, username: "", password: "", hostname: "", port: "", pathname: path, search, hash };
    if (special && protocol && authority === undefined && protocol !== base?.protocol) {
      const more = /^\/*([^\/]*)(.*)$/s.exec(path);
      [authority, path] = protocol === "file:" ? ["", path] : [more[1], more[2]];
    }
    if (authority !== undefined) {
      const at = authority.lastIndexOf("@");
      if (at >= 0) [url.username, url.password = ""] = authority.slice(0, at).split(/:(.*)/s);
      const host = /^(\[[0-9a-fA-F:.]+\]|[^:]*)(?::(\d*))?$/.exec(authority.slice(at + 1));
      if (!host || (special && !host[1] && url.protocol !== "file:") || /[\s<>^|%#]/.test(host[1]) || Number(host[2]) > 65535) bad();
      url.hostname = special ? host[1].toLowerCase() : host[1];
      const port = host[2] ? String(Number(host[2])) : "";
      url.port = port === PORTS[url.protocol] ? "" : port;
      url.slashes = true;
    } else if (!protocol || (special && base && protocol === base.protocol)) {
      Object.assign(url, { username: base.username, password: base.password, hostname: base.hostname, port: base.port, slashes: base.slashes });
      if (!path) {
        path = base.pathname;
        if (!search) url.search = base.search;
      } else if (!path.startsWith("/")) path = base.pathname.replace(/[^/]*$/, "") + path;
    }
    if (special || url.slashes) path = resolvePath(path.startsWith("/") || !special ? path : "/" + path);
    url.pathname = encoded(path, /[`{}]/g);
    url.search = url.search === "?" ? "" : encoded(url.search, /['"<>]/g);
    url.hash = url.hash === "#" ? "" : encoded(url.hash, /[`]/g);
    return url;
  }
  class URLSearchParams {
    #list = []; #changed;
    constructor(init = "", changed) {
      this.#changed = typeof changed === "function" ? changed : undefined;
      if (typeof init === "object" && init !== null) {
        const pairs = typeof init[Symbol.iterator] === "function" ? [...init] : Object.entries(init);
        this.#list = pairs.map(([key, value]) => [String(key), String(value)]);
        return;
      }
      const plain = (part) => {
        part = part.replaceAll("+", " ");
        try { return decodeURIComponent(part); } catch { return part; }
      };
      for (const part of String(init).replace(/^\?/, "").split("&")) {
        if (!part) continue;
        const [key, value = ""] = part.split(/=(.*)/s);
        this.#list.push([plain(key), plain(value)]);
      }
    }
    #update(list) { this.#list = list; this.#changed?.(String(this)); }
    get size() { return this.#list.length; }
    append(key, value) { this.#update([...this.#list, [String(key), String(value)]]); }
    delete(key, value) {
      this.#update(this.#list.filter((pair) => pair[0] !== String(key) || (value !== undefined && pair[1] !== String(value))));
    }
    get(key) { return this.#list.find((pair) => pair[0] === String(key))?.[1] ?? null; }
    getAll(key) { return this.#list.filter((pair) => pair[0] === String(key)).map((pair) => pair[1]); }
    has(key) { return this.#list.some((pair) => pair[0] === String(key)); }
    set(key, value) {
      const at = this.#list.findIndex((pair) => pair[0] === String(key));
      if (at < 0) return this.append(key, value);
      this.#update(this.#list.filter((pair, index) => index <= at || pair[0] !== String(key))
        .map((pair, index) => (index === at ? [pair[0], String(value)] : pair)));
    }
    sort() { this.#update([...this.#list].sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0))); }
    forEach(callback, self) { for (const [key, value] of this.#list) Reflect.apply(callback, self, [value, key, this]); }
    *entries() { for (const [key, value] of this.#list) yield [key, value]; }
    *keys() { for (const [key] of this.#list) yield key; }
    *values() { for (const [, value] of this.#list) yield value; }
    [Symbol.iterator]() { return this.entries(); }
    toString() {
      const form = (part) => encodeURIComponent(part.toWellFormed()).replace(/%20/g, "+").replace(/[!'()~]/g, (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase());
      return this.#list.map(([key, value]) => `${form(key)}=${form(value)}`).join("&");
    }
  }
  class URL {
    #url; #params;
    constructor(text, base) { this.#url = parse(text, base === undefined ? undefined : parse(base)); }
    static canParse(text, base) { try { new URL(text, base); return true; } catch { return false; } }
    static parse(text, base) { try { return new URL(text, base); } catch { return null; } }
    get href() {
      const { protocol, username, password, hostname, port, pathname, search, hash, slashes } = this.#url;
      const user = username || password ? `${username}${password ? ":" + password : ""}@` : "";
      return `${protocol}${slashes || protocol in PORTS ? "//" : ""}${user}${hostname}${port ? ":" + port : ""}${pathname}${search}${hash}`;
    }
    set href(text) { this.#url = parse(text); this.#params = undefined; }
    get origin() { return this.protocol in PORTS && this.protocol !== "file:" ? `${this.protocol}//${this.host}` : "null"; }
    get protocol() { return this.#url.protocol; }
    set protocol(text) { this.#url.protocol = String(text).replace(/:?$/, ":").toLowerCase(); }
    get host() { return this.hostname + (this.port ? ":" + this.port : ""); }
    set host(text) { [this.#url.hostname, this.#url.port = ""] = String(text).split(":"); }
    get search() { return this.#url.search; }
    set search(text) {
      text = String(text).replace(/^\?/, "");
      this.#url.search = text ? "?" + encoded(text, /['"<>#]/g) : "";
      this.#params = undefined;
    }
    get hash() { return this.#url.hash; }
    set hash(text) { text = String(text).replace(/^#/, ""); this.#url.hash = text ? "#" + encoded(text, /[`]/g) : ""; }
    get pathname() { return this.#url.pathname; }
    set pathname(text) { this.#url.pathname = encoded(resolvePath(String(text).replace(/^\/?/, "/")), /[?#`{}]/g); }
    get port() { return this.#url.port; }
    set port(text) { text = String(Number.parseInt(text, 10)); this.#url.port = text === "NaN" || text === PORTS[this.protocol] ? "" : text; }
    get hostname() { return this.#url.hostname; }
    set hostname(text) { this.#url.hostname = String(text); }
    get username() { return this.#url.username; }
    set username(text) { this.#url.username = encodeURIComponent(text); }
    get password() { return this.#url.password; }
    set password(text) { this.#url.password = encodeURIComponent(text); }
    get searchParams() {
      return (this.#params ??= new URLSearchParams(this.search, (text) => { this.#url.search = text ? "?" + text : ""; }));
    }
    toString() { return this.href; }
    toJSON() { return this.href; }
  }
  return { TextEncoder, TextDecoder, atob, btoa, URL, URLSearchParams };
})