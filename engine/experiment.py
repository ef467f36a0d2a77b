"""What an experiment looks at: for each Observation that a rule may name, what marks the places and what reads what was seen there.

What an experiment changes is in ``change``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from jsleak.analysis.rule import Observation

from . import marking, reading
from .seen import Log, Seen
from .snippet.edits import Changes
from .snippet.sites import Sites

Marks = Callable[[Sites, Changes, bool], set[int]]
Reading = Callable[[Log], Seen]
OBSERVATIONS: Mapping[Observation, tuple[Marks, Reading]] = {
    "target-never-collected": (marking.nothing, reading.never_collected),
    "callback-never-runs": (marking.nothing, reading.never_runs),
    "callback-runs-at-once": (marking.nothing, reading.at_once),
    "callback-runs-after-release": (marking.after_release, reading.after_release),
    "callback-runs-twice": (marking.nothing, reading.runs_twice),
    "callback-runs-for-ever": (marking.nothing, reading.for_ever),
    "callback-throws": (marking.throwing_callback, reading.throws),
    "callback-rejects": (marking.failing, reading.rejects),
    "callback-gets-undefined": (marking.nothing, reading.gets_undefined),
    "callback-evicts-live-entry": (marking.evicting, reading.evicts),
    "call-throws": (marking.calling, reading.call_throws),
    "unregister-returns-false": (marking.nothing, reading.returns_false),
    "unregister-cancels-others": (marking.cancelling, reading.cancels_others),
    "entries-grow": (marking.growing, reading.grows),
    "held-object-not-released": (marking.nothing, reading.not_released),
    "registration-left-behind": (marking.left_behind, reading.left_behind),
    "registered-target-lost": (marking.left_behind, reading.target_lost),
    "deref-of-undefined": (marking.deref, reading.of_undefined),
    "weakref-empty-at-once": (marking.nothing, reading.empty_at_once),
}
