// What tsc makes of the files whose paths come in on standard input: one JSON string a line.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const ts = createRequire(path.join(process.argv[2], "x.js"))("typescript");
const compilerOptions = { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.Preserve, verbatimModuleSyntax: true, isolatedModules: true };
for (const file of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const made = ts.transpileModule(readFileSync(file, "utf8"), { fileName: path.basename(file), compilerOptions });
  process.stdout.write(`${JSON.stringify(made.outputText)}\n`);
}
