"""What grows from turn to turn of a repeated call: a least-squares line through the samples, the first turns left out.

What grows steadily need not do so at each turn: one call in ten may leave something behind. It does so in each third of the turns,
though, which a cache that is filled once does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from .trace import Sample

LEAST_TURNS = 4
_WARMING = 5  # the first fifth of the turns fills caches and compiles
_LEAST_OBJECTS = 0.05
_LEAST_BYTES = 8.0
_STEADY = 0.7


@dataclass(frozen=True, slots=True)
class Growth:
    """A line through the samples of one quantity. ``slope`` is per turn; ``fit`` is the share of the variance it explains (0 to 1).

    ``what``: `registrations`, `targets` (registered targets that are alive, by ``site``, "line:column" in the program), `objects`
    (what the calls allocated and is still there, by ``site``, the number of the place) or `memory` (bytes of the engine's heap).
    ``grows`` is whether the line rises steadily.
    """

    what: str
    slope: float
    fit: float
    first: float
    last: float
    turns: int
    grows: bool
    site: str = ""


def growth(samples: Sequence[Sample]) -> tuple[Growth, ...]:
    """The lines of all quantities; nothing where there are too few samples to tell."""
    kept = samples[max(1, len(samples) // _WARMING) :]
    if len(kept) < LEAST_TURNS:
        return ()
    turns = [float(sample.turn) for sample in kept]
    found = [_line("registrations", turns, [float(sample.registrations) for sample in kept], _LEAST_OBJECTS)]
    sites = sorted({site for sample in kept for site in sample.targets})
    found += [
        _line("targets", turns, [float(sample.targets.get(site, 0)) for sample in kept], _LEAST_OBJECTS, site) for site in sites
    ]
    numbers = sorted({number for sample in kept for number in sample.objects if sample.objects[number]})
    found += [
        _line("objects", turns, [float(sample.objects.get(number, 0)) for sample in kept], _LEAST_OBJECTS, str(number))
        for number in numbers
    ]
    found.append(_line("memory", turns, [float(sample.memory) for sample in kept], _LEAST_BYTES))
    return tuple(found)


def _line(what: str, turns: list[float], values: list[float], least: float, site: str = "") -> Growth:
    count = len(turns)
    middle, mean = sum(turns) / count, sum(values) / count
    across = sum((turn - middle) ** 2 for turn in turns)
    slope = sum((turn - middle) * (value - mean) for turn, value in zip(turns, values, strict=True)) / across
    total = sum((value - mean) ** 2 for value in values)
    fit = slope * slope * across / total if total else 0.0
    grows = slope >= least and fit >= _STEADY and _rises(values)
    return Growth(what, slope, fit, values[0], values[-1], count, grows, site)


def _rises(values: list[float]) -> bool:
    """Whether each third of the samples ends higher than it began."""
    last = len(values) - 1
    ends = [values[last * third // 3] for third in range(4)]
    return all(one < two for one, two in pairwise(ends))
