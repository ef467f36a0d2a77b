"""Engine versions and ranges of them, as users write them: ``quickjs-ng >=0.6.0,<0.7.0``, ``node >=18``, ``node 18 || 20``.

A range is a union of intervals over release numbers; the question that matters is whether two ranges share a version. Suffixes
(`-rc1`) are left off, for no engine of ours has a defect between a candidate and its release.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

Version = tuple[int, ...]
Interval = tuple[Version, Version | None]
"""From the first version on, up to but without the second (None: no end)."""

_FIRST: Version = (0, 0, 0)
_ENGINE = re.compile(r"\s*(?P<name>[A-Za-z][\w.-]*?)(?P<at>@|\s+|(?=[<>=^~])|$)\s*(?P<rest>.*)$", re.DOTALL)
_PART = re.compile(r"(?P<operator>>=|<=|==|>|<|=|\^|~)?\s*v?(?P<version>\d+(?:\.(?:\d+|x|\*))*)(?:[-+][\w.+-]*)?")
_DATE = re.compile(r"\b20\d\d\b")  # Bellard's QuickJS has dates for versions; who writes `quickjs 0.6` means quickjs-ng
_NAMES = {"quickjs": "quickjs-ng", "quickjs_ng": "quickjs-ng", "v8": "v8", "nodejs": "node", "jsc": "javascriptcore"}


class VersionError(ValueError):
    """A range that cannot be read; the message says what and why."""


@dataclass(frozen=True, slots=True)
class EngineRange:
    """Versions of one engine."""

    engine: str
    intervals: tuple[Interval, ...]
    text: str

    def __contains__(self, version: str) -> bool:
        number = parse_version(version)
        return any(low <= number and (high is None or number < high) for low, high in self.intervals)

    def overlaps(self, other: EngineRange) -> bool:
        """Whether some version of one engine belongs to both."""
        if self.engine != other.engine:
            return False
        return any(_meet(one, two) is not None for one in self.intervals for two in other.intervals)


def parse_version(text: str) -> Version:
    """``0.6.1`` as (0, 6, 1), with at least three numbers. Raises VersionError."""
    match = re.match(r"\s*v?(\d+(?:\.\d+)*)", text)
    if match is None:
        raise VersionError(f"`{text}` is not a version like 0.6.1")
    return _padded([int(number) for number in match[1].split(".")])


def parse_range(text: str) -> EngineRange:
    """``ENGINE`` and comparisons; commas and blanks mean "and", `||` means "or". Raises VersionError."""
    match = _ENGINE.match(text)
    if match is None:
        raise VersionError(f"`{text}` does not start with the name of an engine: write it like `quickjs-ng >=0.6, node >=18`")
    name = match["name"].lower()
    intervals: list[Interval] = []
    for alternative in match["rest"].split("||"):
        interval = _interval(alternative, text)
        if interval is not None:
            intervals.append(interval)
    known = name if name == "quickjs" and _DATE.search(match["rest"]) else _NAMES.get(name, name)
    return EngineRange(known, tuple(intervals), " ".join(text.split()))


def parse_engines(text: str) -> tuple[EngineRange, ...]:
    """A list of ranges: ``quickjs-ng >=0.6,<0.7, node >=18``. A comma before a name starts the next engine. Raises VersionError."""
    parts = re.split(r",\s*(?=[A-Za-uw-z]|v[A-Za-z]|v8\b)", text)
    return tuple(parse_range(part) for part in parts if part.strip())


def _interval(text: str, whole: str) -> Interval | None:
    """The versions that satisfy all comparisons; None where none can."""
    current: Interval | None = (_FIRST, None)
    rest = text.replace(",", " ").strip()
    if rest in ("*", "x"):
        return current
    at = 0
    for match in _PART.finditer(rest):
        if rest[at : match.start()].strip():
            break
        at = match.end()
        current = _meet(current, _comparison(match["operator"] or "=", match["version"])) if current else None
    if rest[at:].strip():
        raise VersionError(f"`{rest[at:].strip()}` in `{whole.strip()}` is not a comparison like >=0.6 or <0.7.0")
    return current


def _comparison(operator: str, text: str) -> Interval:
    numbers = [int(number) for number in text.split(".") if number.isdigit()]
    low, after = _padded(numbers), _next(numbers)
    if operator == ">=":
        return (low, None)
    if operator == ">":
        return (after, None)
    if operator == "<":
        return (_FIRST, low)
    if operator == "<=":
        return (_FIRST, after)
    if operator == "^":
        leading = next((index for index, number in enumerate(numbers) if number), len(numbers) - 1)
        return (low, _next(numbers[: leading + 1]))
    if operator == "~":
        return (low, _next(numbers[:2]))
    return (low, after)


def _next(numbers: list[int]) -> Version:
    """The first version behind all that start with these numbers: 0.6 → 0.7.0."""
    return _padded([*numbers[:-1], numbers[-1] + 1])


def _padded(numbers: list[int]) -> Version:
    return (*numbers, *(0,) * (3 - len(numbers)))


def _meet(one: Interval, two: Interval) -> Interval | None:
    low = max(one[0], two[0])
    ends = [end for end in (one[1], two[1]) if end is not None]
    high = min(ends) if ends else None
    return None if high is not None and high <= low else (low, high)
