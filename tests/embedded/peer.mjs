// The scripts that the field's own compilers find in a file. Requests come one a line as JSON: a path. Answers go out in the same
// order, one a line: {scripts: [[start, end], …]} in code points, in order of place, or {error}.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const modules = process.argv[2];
const load = (file) => import(pathToFileURL(path.join(modules, file)).href);
const vue = await load("@vue/compiler-sfc/dist/compiler-sfc.esm-browser.js");
const svelte = createRequire(path.join(modules, "x.js"))("svelte/compiler");
const astro = await load("@astrojs/compiler/dist/node/index.js");
const parse5 = await load("parse5/dist/index.js");

/** What a browser runs. */
const isRun = ({ attrs }) => {
  const value = (name) => attrs.find((one) => one.name === name)?.value;
  const type = value("type")?.trim().toLowerCase() ?? "";
  return value("src") === undefined && (["", "module"].includes(type) || /^(text|application)\/(x-)?(java|ecma|j)script$/.test(type));
};

/** From offsets in UTF-16 to code points. */
const points = (text, spans) => spans.map((span) => span.map((offset) => [...text.slice(0, offset)].length));

/** From offsets in UTF-8 to code points. */
function pointsOfBytes(text, spans) {
  const bytes = Buffer.from(text);
  return spans.map((span) => span.map((offset) => [...bytes.subarray(0, offset).toString()].length));
}

const finders = {
  ".vue"(text) {
    const { descriptor, errors } = vue.parse(text, { sourceMap: false });
    if (errors.length > 0) throw errors[0];
    const blocks = [descriptor.script, descriptor.scriptSetup].filter((block) => block && !block.src);
    return points(text, blocks.map(({ loc }) => [loc.start.offset, loc.end.offset]));
  },
  ".svelte"(text) {
    const tree = svelte.parse(text, { modern: true });
    return points(text, [tree.module, tree.instance].filter(Boolean).map(({ content }) => [content.start, content.end]));
  },
  async ".astro"(text) {
    const found = [];
    const visit = (node) => {
      if (node.type === "frontmatter") {
        const start = node.position.start.offset + Buffer.from(text).subarray(node.position.start.offset).indexOf("---") + 3;
        found.push([start, start + Buffer.byteLength(node.value)]);
      }
      if (node.type === "element" && node.name === "script" && !node.attributes.some(({ name }) => name === "src")) {
        const [first] = node.children;
        if (first) found.push([first.position.start.offset, first.position.start.offset + Buffer.byteLength(first.value)]);
      }
      for (const child of node.children ?? []) visit(child);
    };
    visit((await astro.parse(text, { position: true })).ast);
    return pointsOfBytes(text, found);
  },
  ".html"(text) {
    const found = [];
    const visit = (node) => {
      const place = node.sourceCodeLocation;
      if (node.tagName === "script" && place?.startTag && isRun(node)) {
        found.push([place.startTag.endOffset, place.endTag ? place.endTag.startOffset : place.endOffset]);
      }
      for (const child of node.content ? [node.content] : (node.childNodes ?? [])) visit(child);
    };
    visit(parse5.parse(text, { sourceCodeLocationInfo: true }));
    return points(text, found);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const file = JSON.parse(line);
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(readFileSync(file));
  let answer;
  try {
    const spans = (await finders[path.extname(file)](text)).sort(([one], [other]) => one - other);
    const characters = [...text];
    answer = { scripts: spans.filter(([start, end]) => characters.slice(start, end).join("").trim()) };
  } catch (error) {
    answer = { error: String(error.message ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
