"""Comments that suppress a finding: a program with a place marked by `@`, and the program after."""

from __future__ import annotations

import pytest

from jsleak.analysis import suppressing
from jsleak.analysis.edits import apply
from jsleak.analysis.text import SourceText

LINE = {
    "a line above, with its indentation": (
        "{\n\t@register();\n}\n",
        "{\n\t// jsleak-ignore-next-line a-rule\n\tregister();\n}\n",
    ),
    "the first line": ("@register();", "// jsleak-ignore-next-line a-rule\nregister();"),
    "in the middle of a line": ("a();\n  b(@register());\n", "a();\n  // jsleak-ignore-next-line a-rule\n  b(register());\n"),
    "in the middle of a statement": (
        "track(\n  a,\n  @register(),\n);\n",
        "track(\n  a,\n  // jsleak-ignore-next-line a-rule\n  register(),\n);\n",
    ),
    "CRLF": ("a();\r\n@register();\r\n", "a();\r\n// jsleak-ignore-next-line a-rule\r\nregister();\r\n"),
    "astral characters before": (
        '"\U0001f600";\n  "\U0001f600" + @register();\n',
        '"\U0001f600";\n  // jsleak-ignore-next-line a-rule\n  "\U0001f600" + register();\n',
    ),
    "one more rule in the list above": (
        "// jsleak-ignore-next-line b-rule -- for a reason\n@register();\n",
        "// jsleak-ignore-next-line b-rule, a-rule -- for a reason\nregister();\n",
    ),
    "one more rule above another tool's comment": (
        "// jsleak-ignore-next-line b-rule\n\n/* eslint-disable-next-line */\n@register();\n",
        "// jsleak-ignore-next-line b-rule, a-rule\n\n/* eslint-disable-next-line */\nregister();\n",
    ),
    "not across code": (
        "// jsleak-ignore-next-line b-rule\na();\n@register();\n",
        "// jsleak-ignore-next-line b-rule\na();\n// jsleak-ignore-next-line a-rule\nregister();\n",
    ),
    "one more rule in a long list": (
        "  /* jsleak-ignore-next-line b-rule, c-rule */\n  @register();\n",
        "  /* jsleak-ignore-next-line b-rule, c-rule, a-rule */\n  register();\n",
    ),
    "one more rule in the same line's list": (
        "@register(); // jsleak-ignore-line b-rule\n",
        "register(); // jsleak-ignore-line b-rule, a-rule\n",
    ),
    "a comment above that is none": (
        "// see jsleak-ignore-next-line\n@register();\n",
        "// see jsleak-ignore-next-line\n// jsleak-ignore-next-line a-rule\nregister();\n",
    ),
    "one more rule, over other comments": (
        "// jsleak-ignore-next-line b-rule\n// eslint-disable-next-line x\n@register();\n",
        "// jsleak-ignore-next-line b-rule, a-rule\n// eslint-disable-next-line x\nregister();\n",
    ),
    "what looks like a comment in a template": (
        "f(`\n// jsleak-ignore-next-line b-rule\n${@register()}`);\n",
        "f(`\n// jsleak-ignore-next-line b-rule\n${/* jsleak-ignore-line a-rule */ register()}`);\n",
    ),
    "after a byte order mark": ("\ufeff@register();\n", "\ufeff// jsleak-ignore-next-line a-rule\nregister();\n"),
    "inside a template": (
        "const text = `\n  ${@register()}\n`;\n",
        "const text = `\n  ${/* jsleak-ignore-line a-rule */ register()}\n`;\n",
    ),
    "inside a template's expression": (
        "const text = `${\n  @register()\n}`;\n",
        "const text = `${\n  // jsleak-ignore-next-line a-rule\n  register()\n}`;\n",
    ),
    "after a string that goes on": (
        "const text = 'a\\\n' + @register();\n",
        "const text = 'a\\\n' + /* jsleak-ignore-line a-rule */ register();\n",
    ),
    "after a comment that ends in the line": (
        "/* a\n b */ @register();\n",
        "/* a\n b */ /* jsleak-ignore-line a-rule */ register();\n",
    ),
    "after a comment above": (
        "/* a\n b */\n@register();\n",
        "/* a\n b */\n// jsleak-ignore-next-line a-rule\nregister();\n",
    ),
    "between tags": (
        "const page = (\n  <p>\n    {@register()}\n  </p>\n);\n",
        "const page = (\n  <p>\n    {/* jsleak-ignore-next-line a-rule */}\n    {register()}\n  </p>\n);\n",
    ),
    "between tags, after text": (
        "const page = <p>\n  some {@register()}\n</p>;\n",
        "const page = <p>\n  some {/* jsleak-ignore-line a-rule */ register()}\n</p>;\n",
    ),
    "one more rule between tags": (
        "const page = <p>\n  {/* jsleak-ignore-next-line b-rule */}\n  {@register()}\n</p>;\n",
        "const page = <p>\n  {/* jsleak-ignore-next-line b-rule, a-rule */}\n  {register()}\n</p>;\n",
    ),
    "among attributes": (
        "const page = <p\n  a={@register()}\n/>;\n",
        "const page = <p\n  // jsleak-ignore-next-line a-rule\n  a={register()}\n/>;\n",
    ),
    "between tags, inside of one that begins the line": (
        "const page = <p>\n  <b>{@register()}</b>\n</p>;\n",
        "const page = <p>\n  {/* jsleak-ignore-next-line a-rule */}\n  <b>{register()}</b>\n</p>;\n",
    ),
    "after an attribute's text that goes on": (
        'const page = <p a="x\n  y" b={@register()} />;\n',
        'const page = <p a="x\n  y" b={/* jsleak-ignore-line a-rule */ register()} />;\n',
    ),
    "between tags, in a container of several lines": (
        "const page = <p>{\n  @register()\n}</p>;\n",
        "const page = <p>{\n  // jsleak-ignore-next-line a-rule\n  register()\n}</p>;\n",
    ),
    "between tags, after a container that ends in the line": (
        "const page = <p>{\n  a\n  } {@register()}</p>;\n",
        "const page = <p>{\n  a\n  // jsleak-ignore-next-line a-rule\n  } {register()}</p>;\n",
    ),
    "a handler's body in JSX": (
        "const page = <p onClick={() => {\n  @register();\n}} />;\n",
        "const page = <p onClick={() => {\n  // jsleak-ignore-next-line a-rule\n  register();\n}} />;\n",
    ),
}


@pytest.mark.parametrize(("marked", "expected"), [pytest.param(*row, id=name) for name, row in LINE.items()])
def test_for_a_line(marked: str, expected: str) -> None:
    offset = marked.index("@")
    text = marked.replace("@", "")
    place = SourceText(text, "a.js").range(offset, offset + len("register()"))
    assert apply(text, suppressing.for_line(text, "a.js", place, "a-rule")) == expected


FILE = {
    "at the beginning": ("a();\n", "// jsleak-ignore-file a-rule\na();\n"),
    "of an empty file": ("", "// jsleak-ignore-file a-rule\n"),
    "CRLF": ("a();\r\n", "// jsleak-ignore-file a-rule\r\na();\r\n"),
    "after a hashbang": ("#!/usr/bin/env node\na();\n", "#!/usr/bin/env node\n// jsleak-ignore-file a-rule\na();\n"),
    "after nothing but a hashbang": ("#!/usr/bin/env node", "#!/usr/bin/env node\n// jsleak-ignore-file a-rule\n"),
    "after a byte order mark": ("\ufeffa();\n", "\ufeff// jsleak-ignore-file a-rule\na();\n"),
    "one more rule": (
        "/* (c) */\n// jsleak-ignore-file b-rule -- generated\na();\n",
        "/* (c) */\n// jsleak-ignore-file b-rule, a-rule -- generated\na();\n",
    ),
    "one that stands too late is none": (
        "a();\n// jsleak-ignore-file b-rule\n",
        "// jsleak-ignore-file a-rule\na();\n// jsleak-ignore-file b-rule\n",
    ),
}


@pytest.mark.parametrize(("text", "expected"), [pytest.param(*row, id=name) for name, row in FILE.items()])
def test_for_a_file(text: str, expected: str) -> None:
    assert apply(text, suppressing.for_file(text, "a-rule")) == expected


def test_for_several_places() -> None:
    text = "`<`;\n  a(); b();\n/* jsleak-ignore-line x-rule */ c();\nd();"
    source = SourceText(text, "a.js")
    places = [
        (source.range(text.index(f"{name}()"), text.index(f"{name}()") + 3), rule)
        for name, rule in (("d", "a-rule"), ("b", "b-rule"), ("a", "a-rule"), ("a", "c-rule"), ("b", "a-rule"), ("c", "a-rule"))
    ]
    assert apply(text, suppressing.for_places(text, "a.js", places, "later */")) == (
        "`<`;\n  // jsleak-ignore-next-line a-rule, c-rule, b-rule -- later */\n  a(); b();\n"
        "/* jsleak-ignore-line x-rule, a-rule */ c();\n// jsleak-ignore-next-line a-rule -- later */\nd();"
    )
