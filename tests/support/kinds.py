"""What editors are tried on besides JavaScript: two samples, and one program in each kind of file that jsleak reads."""

from __future__ import annotations

from collections.abc import Mapping

from support.vscode import ROOT

LEAK = """\
const registry = new FinalizationRegistry((close) => close());

export class File {
  constructor(descriptor) {
    this.descriptor = descriptor;
    registry.register(this, () => this.close());
  }

  close() {
    release(this.descriptor);
  }
}
"""

#: By the name of the file; Markdown is looked at as the settings say so.
KINDS: Mapping[str, str] = {
    "package.json": "{}",
    "jsleak.toml": "markdown = true",
    **{f"leak.{extension}": LEAK for extension in ("js", "mjs", "jsx", "ts", "mts", "cts", "tsx")},
    "leak.cjs": LEAK.replace("export ", ""),
    **dict.fromkeys(("leak.html", "page.htm"), f'<script type="module">\n{LEAK}</script>\n'),
    "leak.vue": f"<script>\n{LEAK}</script>\n",
    "leak.svelte": f"<script module>\n{LEAK}</script>\n",
    "leak.astro": f"<script>\n{LEAK}</script>\n",
    "leak.md": f"- text\n\n```js\n{LEAK}```\n",
}

#: Findings behind tabs and characters of two units in UTF-16.
SAMPLES: Mapping[str, str] = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "tests/editors/samples").iterdir()}
