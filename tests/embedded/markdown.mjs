// The fenced blocks that commonmark.js, the reference parser, finds in a document. Requests come one a line as JSON: a path. Answers go
// out in the same order, one a line: [{info, lines: [[start, end], …]}, …] in order of place. `lines` are where the lines of a block
// stand, in code points, without blanks in front and without their ends; blank lines are left out.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { createInterface } from "node:readline";

const { Parser } = createRequire(path.join(process.argv[2], "x.js"))("commonmark");

function blocks(text) {
  const lines = [];
  let offset = 0;
  for (const [whole, line] of text.matchAll(/([^\r\n]*)(?:\r\n|\n|\r|$)/g)) {
    lines.push({ end: offset + [...line].length, line });
    offset += [...whole].length;
  }
  const found = [];
  const walker = new Parser().parse(text).walker();
  for (let event = walker.next(); event; event = walker.next()) {
    const { node } = event;
    if (!event.entering || node.type !== "code_block" || !node._isFenced) continue;
    const places = [];
    node.literal.split("\n").forEach((content, index) => {
      const code = content.trimStart();
      if (code === "") return;
      const { end, line } = lines[node.sourcepos[0][0] + index];
      if (!line.replaceAll("\0", "\ufffd").endsWith(code)) throw new Error(`${JSON.stringify(code)} is not in ${JSON.stringify(line)}`);
      places.push([end - [...code].length, end]);
    });
    found.push({ info: node.info ?? "", lines: places });
  }
  return found;
}

for await (const line of createInterface({ input: process.stdin })) {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(readFileSync(JSON.parse(line)));
  process.stdout.write(`${JSON.stringify(blocks(text))}\n`);
}
