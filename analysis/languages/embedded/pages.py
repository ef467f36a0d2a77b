"""HTML: each module script is a program, and all classic scripts of a page are one, as they have their global names in common."""

from __future__ import annotations

from dataclasses import replace

from ... import SourceType
from ...depth import call_deep
from ...syntax.parse import SyntaxProblem
from ..code import Code, Insertion
from ..program import read_program
from .scripts import Dialect, Script, as_javascript, matters, only, scripts

_CLASSIC = frozenset(
    f"{family}/{name}"
    for family in ("text", "application")
    for name in ("javascript", "ecmascript", "x-javascript", "x-ecmascript", "jscript", "livescript")
)
#: What a tool in the page, or one that builds it, turns into JavaScript.
_TRANSPILED: dict[str, Dialect] = {
    "text/babel": "jsx",
    "text/jsx": "jsx",
    "text/typescript": "ts",
    "application/typescript": "ts",
    "text/tsx": "tsx",
}


def page(text: str, *, bundled: bool = False) -> tuple[Code, ...]:
    """The programs of a page, in order of place. ``bundled``: what has no attributes is a module in TypeScript, as in Astro."""
    classic: list[Script] = []
    found: list[tuple[int, Code]] = []
    for one in scripts(text):
        kind = one.attributes.get("type", "").strip().lower()
        dialect = _TRANSPILED.get(kind) or one.dialect
        if bundled and not one.attributes:
            kind, dialect = "module", "ts"
        if (kind == "" or kind in _CLASSIC) and dialect == "js":
            classic.append(one)
        elif dialect is not None and (kind in ("", "module") or kind in _CLASSIC or kind in _TRANSPILED) and _matters(text, one):
            # What is transpiled may be either; its text tells.
            source_type: SourceType | None = "module" if kind == "module" else None
            span = (one.start, one.end)
            found.append((one.start, as_javascript(only(text, [span]), [span], dialect, source_type)))
    if any(_matters(text, one) for one in classic):
        found += _classic(text, classic)
    return tuple(code for _, code in sorted(found, key=lambda pair: pair[0]))


def _matters(text: str, script: Script) -> bool:
    return matters(text, [(script.start, script.end)])


def _classic(text: str, parts: list[Script]) -> list[tuple[int, Code]]:
    """The classic scripts as one program, or, where one of them would be an error to the others, as one each."""
    if len(parts) > 1:
        spans = [(one.start, one.end) for one in parts]
        code = as_javascript(only(text, spans), spans, "js", "script")
        # A script may end in a comment that its end tag ends.
        code = replace(code, insertions=tuple(Insertion(one.end, "\n") for one in parts[:-1]))
        try:
            call_deep(read_program, code, "")
        except (SyntaxProblem, RecursionError):
            pass
        else:
            return [(parts[0].start, code)]
    alone = [(one.start, one.end) for one in parts if _matters(text, one)]
    return [(span[0], as_javascript(only(text, [span]), [span], "js", "script")) for span in alone]
