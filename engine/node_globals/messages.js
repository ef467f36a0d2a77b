// MessageChannel (https://html.spec.whatwg.org/multipage/web-messaging.html), with what node's ports have besides. A message comes in a turn of its
// own. As in node, a port lives until it is closed, whoever has dropped it.
(function (parts) {
  "use strict";
  const { Event, EventTarget, structuredClone, start } = parts;
  const { apply } = Reflect;
  const open = new Set();

  class MessageEvent extends Event {
    #init;
    constructor(type, init = {}) { super(type, init); this.#init = init; }
    get data() { return this.#init.data ?? null; }
    get origin() { return this.#init.origin ?? ""; }
    get lastEventId() { return this.#init.lastEventId ?? ""; }
    get source() { return this.#init.source ?? null; }
    get ports() { return this.#init.ports ?? []; }
  }

  let making = false;
  class MessagePort extends EventTarget {
    #other; #waiting = []; #started = false; #closed = false; #handlers = new Map(); #listeners = new Map();
    constructor() {
      if (!making) throw new TypeError("Illegal constructor");
      super();
    }
    postMessage(value, options) {
      const transfer = Array.isArray(options) ? options : options?.transfer ?? [];
      const data = structuredClone(value, { transfer });
      if (this.#closed) return;
      const port = this.#other;
      port.#waiting.push({ data, ports: transfer.filter((one) => one instanceof MessagePort) });
      port.#soon();
    }
    start() {
      if (this.#started || this.#closed) return;
      this.#started = true;
      for (const _ of this.#waiting) this.#soon();
    }
    close() {
      for (const port of [this, this.#other]) {
        if (port.#closed) continue;
        port.#closed = true;
        start(() => {
          port.dispatchEvent(new Event("close"));
          open.delete(port);
        }, 0, [], false);
      }
    }
    #soon() {
      if (this.#started) start(() => this.#next(), 0, [], false);
    }
    #next() {
      if (this.#waiting.length > 0) this.dispatchEvent(new MessageEvent("message", this.#waiting.shift()));
    }
    get onmessage() { return this.#handlers.get("message")?.given ?? null; }
    set onmessage(given) { this.#handle("message", given); }
    get onmessageerror() { return this.#handlers.get("messageerror")?.given ?? null; }
    set onmessageerror(given) { this.#handle("messageerror", given); }
    #handle(type, given) {
      this.removeEventListener(type, this.#handlers.get(type)?.listener);
      this.#handlers.delete(type);
      if (typeof given !== "function") return;
      const listener = (event) => apply(given, this, [event]);
      this.#handlers.set(type, { given, listener });
      this.addEventListener(type, listener);
    }
    addEventListener(type, ...rest) {
      super.addEventListener(type, ...rest);
      if (type === "message") this.start();
    }
    // As an emitter's: a listener gets the message and not the event.
    on(type, listener) { return this.#listen(type, listener, {}); }
    once(type, listener) { return this.#listen(type, listener, { once: true }); }
    off(type, listener) {
      this.removeEventListener(type, this.#listeners.get(listener));
      return this;
    }
    #listen(type, listener, options) {
      const wrapper = (event) => apply(listener, this, type === "message" ? [event.data] : [event]);
      this.#listeners.set(listener, wrapper);
      this.addEventListener(type, wrapper, options);
      return this;
    }
    ref() {}
    unref() {}
    hasRef() { return this.#started && !this.#closed; }
    static pair() {
      making = true;
      const [one, other] = [new MessagePort(), new MessagePort()];
      making = false;
      one.#other = other;
      other.#other = one;
      open.add(one).add(other);
      return [one, other];
    }
    static receive(port) {
      const message = port.#waiting.shift();
      return message && { message: message.data };
    }
  }
  const { pair, receive } = MessagePort;
  delete MessagePort.pair;
  delete MessagePort.receive;
  Object.assign(MessagePort.prototype, { addListener: MessagePort.prototype.on, removeListener: MessagePort.prototype.off });

  class MessageChannel {
    constructor() { [this.port1, this.port2] = pair(); }
  }
  return { MessageChannel, MessagePort, MessageEvent, receiveMessageOnPort: (port) => receive(port) };
})
