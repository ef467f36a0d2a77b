"""Two analyses of one text, whole and sliced, and programs large enough to be sliced."""

from __future__ import annotations

from unittest.mock import patch

from jsleak.analysis import analyze, mentions, run
from jsleak.analysis.findings import Analysis
from jsleak.analysis.languages import LARGE, broken, codes
from jsleak.analysis.languages.slicing.functions import Outline
from jsleak.analysis.languages.slicing.lexing import lexed
from jsleak.analysis.rule import RuleSettings
from realworld import corpus

#: Functions that make a text large: nothing in them matters.
_FILLER = """
function filler{n}(input{n}, options{n}) {{
  const result{n} = [];
  for (const [key{n}, value{n}] of Object.entries(input{n})) {{
    if (options{n}.skip && options{n}.skip.includes(key{n})) continue;
    const item{n} = filler{n}(value{n}, {{ depth: options{n}.depth ?? 0, name: `${{key{n}}}-{n}` }});
    if (item{n} === undefined) result{n}.push(null);
    else if (Array.isArray(item{n})) result{n}.push(...item{n}.map((one) => one.value + {n}));
    else result{n}.push(item{n}.value);
  }}
  return result{n}.filter(Boolean).sort((a, b) => a - b);
}}"""
FILLER = "".join(_FILLER.format(n=number) for number in range(110))


def large(program: str) -> str:
    """A program with so much behind it that it is sliced."""
    return program + "\n;" + FILLER + "\n"


def outlined(text: str) -> Outline:
    """What slicing reads of a text before anything is parsed."""
    read = lexed(text)
    assert read is not None
    return Outline(read)


def is_sliced(text: str, filename: str = "large.js") -> bool:
    return codes(text, filename=filename)[0].whole is not None


def whole(text: str, *, filename: str = "large.js", settings: RuleSettings | None = None) -> Analysis:
    """The analysis with nothing left out."""

    def uncut(text: str, **options: object):  # type: ignore[no-untyped-def]
        return codes(text, **{**options, "slicing": False})  # type: ignore[arg-type]

    run._resolve_linked.cache_clear()
    with patch.object(run, "codes", uncut), patch.object(broken, "sliced", lambda code, tree: code):
        return analyze(text, filename=filename, settings=settings)


def differences(text: str, *, filename: str = "large.js", settings: RuleSettings | None = None) -> str:
    """What the two analyses do not agree on; empty where they do."""
    run._resolve_linked.cache_clear()
    first = _told(whole(text, filename=filename, settings=settings))
    second = _told(analyze(text, filename=filename, settings=settings))
    return "\n".join(
        [
            *(f"only whole: {line}" for line in first if line not in second),
            *(f"only sliced: {line}" for line in second if line not in first),
        ]
    )


def _told(result: Analysis) -> list[str]:
    return [repr(one) for one in (*result.findings, *result.problems, *result.suppressed)]


def published(name: str) -> str | None:
    """What differs for one file of the packages; None where it is not sliced."""
    data = corpus.path_of(name).read_bytes()
    if len(data) < LARGE or len(data) > corpus.LARGEST or not mentions(data):
        return None
    text = data.decode("utf-8", errors="replace")
    if len(text) < LARGE or not is_sliced(text, name):
        return None
    told = differences(text, filename=name)
    return f"{name}\n{told}" if told else ""
