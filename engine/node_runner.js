// Runs programs on V8: a JSON line in, a JSON line out, each program in a realm of its own. Node is given this text on its command
// line, as it may read no file; the last line calls `start`. No object of this realm is ever handed to a program's.
"use strict";
const vm = require("node:vm");

const STILL = 3; // rounds in which nothing happens after which nothing will
const IDLE_TURNS = 100; // times that a program is told that nothing is left to do
const turn = () => new Promise((resolve) => setImmediate(resolve));
let current; // the answer that is being made, for what escapes the program

function describe(error) {
  try {
    return typeof error === "string" ? error : String(error);
  } catch {
    return "an error that can't be shown";
  }
}

function place(error, name) {
  try {
    const stack = String(error.stack);
    const frames = stack.slice(stack.indexOf("\n    at "));
    const at = frames.indexOf(name + ":");
    if (frames !== stack && at >= 0) {
      const [line, column] = frames.slice(at + name.length + 1).split(/[:)\n]/);
      return [Number(line) || 0, Number(column) || 0];
    }
    const [head, , caret] = stack.split("\n"); // a syntax error: "program.js:3", the line, a caret under the place
    if (head.startsWith(name + ":")) return [Number(head.slice(name.length + 1)) || 0, caret.indexOf("^") + 1];
  } catch {
    // No place then.
  }
  return [0, 0];
}

function complete(answer, completion, error, reason, name) {
  if (answer === undefined || answer.completion !== "normal") return;
  answer.completion = completion;
  answer.reason = reason;
  if (error === undefined) return;
  answer.error = describe(error.value).slice(0, 4096);
  [answer.line, answer.column] = place(error.value, name);
}

process.on("uncaughtException", (error) => {
  if (current?.gone()) return;
  current?.recorder?.("threw"); // the program's own exceptions are caught where it is called, but for those of cleanup callbacks
  complete(current?.answer, "throw", { value: error }, "", current?.asked.name);
});
process.on("unhandledRejection", (error) => current?.gone() || complete(current?.answer, "rejection", { value: error }, "", current?.asked.name));

class Late extends Error {}

class Run {
  constructor(asked, harness, host, node) {
    this.asked = asked;
    this.answer = { completion: "normal", error: "", line: 0, column: 0, reason: "" };
    this.deadline = performance.now() + 1000 * asked.limits.seconds;
    this.jobs = asked.limits.jobs;
    this.happened = 0; // timers and ticks
    this.realm = vm.createContext(vm.constants?.DONT_CONTEXTIFY ?? Object.create(null));
    this.host = host && asked.host ? this.evaluate(host, "jsleak:host")(asked.limits.output + 1) : undefined;
    this.node = this.host && asked.script ? this.evaluate(node, "jsleak:node")(this.host("parts"), asked.script) : undefined;
    this.recorder = this.evaluate(harness, "jsleak:harness")(false, true); // after the host, whose own WeakRefs are not the program's
  }

  left() {
    const left = this.deadline - performance.now();
    if (left <= 0) throw new Late();
    return Math.ceil(left);
  }

  evaluate(source, filename) {
    return vm.runInContext(source, this.realm, { filename, timeout: this.left(), displayErrors: false });
  }

  // Carry out one step; false where the run can't go on.
  guard(step) {
    try {
      step();
      return true;
    } catch (error) {
      if (this.gone()) return false;
      if (error instanceof Late || error?.code === "ERR_SCRIPT_EXECUTION_TIMEOUT") {
        complete(this.answer, "timeout", undefined, `it ran longer than ${this.asked.limits.seconds} s`);
        return false;
      }
      complete(this.answer, "throw", { value: error }, "", this.asked.name);
      return true;
    }
  }

  program() {
    let script;
    try {
      script = new vm.Script(this.asked.source, { filename: this.asked.name });
    } catch (error) {
      complete(this.answer, "syntax-error", { value: error }, "", this.asked.name);
      return false;
    }
    return this.guard(() => void script.runInContext(this.realm, { timeout: this.left(), displayErrors: false }));
  }

  // Whether the program has called `process.exit`.
  gone() {
    return this.node !== undefined && this.node("gone");
  }

  // Run the callbacks of `process.nextTick`, and the jobs that they make; whether there were any.
  async ticks() {
    let any = false;
    let ticked = this.node !== undefined;
    while (ticked && !this.gone()) {
      ticked = false;
      if (!this.guard(() => { ticked = this.node("ticks"); })) break;
      any ||= ticked;
      await turn();
    }
    return any;
  }

  // Nothing is left to do: tell the program, which may find more, and end it.
  async end() {
    if (this.node === undefined) return true;
    for (let count = 0; count < IDLE_TURNS && !this.gone(); count++) {
      let heard = false;
      if (!this.guard(() => { heard = this.node("idle"); }) || !heard) break;
      const happened = this.happened;
      if (!(await this.settle()) || this.happened === happened) break;
    }
    if (!this.gone()) this.guard(() => void this.node("end"));
    gc();
    return true;
  }

  async settle() {
    let seen = -1;
    for (let still = 0; still < STILL; still++) {
      await turn();
      if (!this.guard(() => this.left())) return false;
      let timer = false;
      if (this.host && !this.guard(() => { timer = this.host("turn"); this.node?.("ticks"); })) return false;
      if (timer && --this.jobs < 0) {
        complete(this.answer, "timeout", undefined, `${this.asked.limits.jobs} timers had run and there were more`);
        return false;
      }
      if (!timer) gc();
      await turn();
      const ticked = await this.ticks();
      if (this.gone()) return false;
      const ran = this.recorder("ran");
      if (timer || ticked) this.happened++;
      if (timer || ticked || ran !== seen) still = -1;
      seen = ran;
      if (still === STILL - 1 && this.recorder("collected")) still = -1;
    }
    return true;
  }

  async all() {
    const { asked, answer, recorder } = this;
    let going = this.program();
    answer.script_threw = answer.completion === "throw";
    await this.ticks(); // before the jobs of promises, so before anything is waited for
    await turn(); // a WeakRef keeps its target until its job has ended
    gc();
    answer.at_end = recorder("registrations");
    if (going && !this.gone() && answer.completion !== "syntax-error") {
      if (asked.call) {
        answer.samples = [];
        this.host?.("count");
        for (let count = 1; going && count <= asked.repeat; count++) {
          going = this.guard(() => void this.evaluate(asked.call, "jsleak:call")) && (await this.settle());
          const allocated = String(this.host?.("allocations") ?? "");
          answer.samples.push([count, process.memoryUsage().heapUsed, recorder("registrations"), allocated]);
        }
      }
      if (asked.drive) this.guard(() => recorder("drive", this.evaluate(`(async function ($) {${asked.drive}\n})`, "jsleak:drive")));
      if (asked.settle && (await this.settle()) && (await this.end())) answer.settled = recorder("registrations");
    }
    if (asked.drive) {
      const how = String(recorder("state"));
      if (how !== "done") answer.reason ||= "the experiment's own program did not end: " + how;
      answer.observed = recorder("observed");
    }
    answer.weakrefs = recorder("weakrefs");
    answer.defects = recorder("defects");
    answer.hears_rejections = true;
    if (this.node) {
      answer.stand_ins = this.node("used");
      answer.exited = this.gone() && answer.completion === "normal";
    }
    if (this.host) {
      const output = String(this.host("output"));
      answer.output = output.slice(0, asked.limits.output);
      if (output.length > asked.limits.output) answer.reason ||= `it printed more than ${asked.limits.output >> 10} KB; the rest was dropped`;
    }
  }
}

async function serve(line, ...texts) {
  const started = performance.now();
  current = new Run(JSON.parse(line), ...texts);
  await current.all();
  const { answer } = current;
  answer.seconds = (performance.now() - started) / 1000;
  process.stdout.write(JSON.stringify(answer) + "\n");
  current = undefined;
}

function start(...texts) { // eslint-disable-line no-unused-vars
  let rest = "";
  let last = Promise.resolve();
  process.stdin.setEncoding("utf8");
  process.stdin.on("data", (part) => {
    const lines = (rest + part).split("\n");
    rest = lines.pop();
    for (const line of lines) last = last.then(() => serve(line, ...texts)).catch((error) => { process._rawDebug(error); process.exit(70); });
  });
  process.stdin.on("end", () => process.exit());
}
