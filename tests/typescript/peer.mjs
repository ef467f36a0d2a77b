// What others make of TypeScript: ts-blank-space where it can, else typescript's own transpiler.
// Requests come one a line as JSON: {path} or {run: [ours, piece], names}. Answers go out in the same order, one a line.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const modules = process.argv[2];
const ts = createRequire(path.join(modules, "x.js"))("typescript");
const { blankSourceFile } = await import(pathToFileURL(path.join(modules, "ts-blank-space/out/index.js")).href);
const compilerOptions = {
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.Preserve,
  jsx: ts.JsxEmit.Preserve,
  verbatimModuleSyntax: true,
  useDefineForClassFields: true,
  isolatedModules: true,
};

const transpile = (text, fileName) => ts.transpileModule(text, { fileName, compilerOptions }).outputText;

/** A file as JavaScript, and how it was made. */
function convert(file) {
  const text = readFileSync(file, "utf8").replace(/^\ufeff/, " ");
  const kind = file.endsWith(".tsx") ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, false, kind);
  if (source.parseDiagnostics.length > 0) return { how: "invalid", text };
  let refused = false;
  const blanked = blankSourceFile(source, () => (refused = true));
  return refused ? { how: "transpiled", text: transpile(text, path.basename(file)) } : { how: "blanked", text: blanked };
}

/** A value as JSON, in which functions and what is not known are a word. */
function shown(value, depth = 0) {
  if (typeof value === "function") return "function";
  if (typeof value !== "object" || value === null) return `${String(value)}: ${typeof value}`;
  if (depth > 6) return "…";
  // What is exported and not set yet: tsc makes the property when it is set.
  const keys = Object.keys(value).filter((key) => value[key] !== undefined);
  return Object.fromEntries(keys.map((key) => [key, shown(value[key], depth + 1)]));
}

/** What these names are after a text has run in which every name that it does not declare is a stub. */
function run(text, names) {
  const stub = new Proxy(function () {}, {
    get: (_, key) => (key === Symbol.toPrimitive ? () => 7 : key === Symbol.iterator ? [][Symbol.iterator] : stub),
    apply: () => stub,
    construct: () => stub,
    ownKeys: () => ["prototype"],
  });
  const known = { Array, JSON, Map, Math, Number, Object, Set, String, undefined };
  const scope = new Proxy(known, { has: (_, key) => typeof key === "string", get: (target, key) => (key in target ? target[key] : typeof key === "string" ? stub : undefined) });
  try {
    const body = `with (scope) { return (function () { ${text}\n; return { ${names.map((name) => `${name}: typeof ${name} === "undefined" ? undefined : ${name}`).join(", ")} }; })(); }`;
    return shown(new Function("scope", body)(scope));
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const answer = request.path
    ? convert(request.path)
    : { ours: run(request.run[0], request.names), theirs: run(transpile(request.run[1], "x.ts").replace("export {};", ""), request.names) };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
