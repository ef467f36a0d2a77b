"""Imported by the process that workers are forked from: it analyses the rules' own examples once.

The first analysis of a Python costs three times the later ones: modules are loaded, code is specialised. Forks inherit all that.
"""

from __future__ import annotations

import gc

from jsleak.analysis import analyze
from jsleak.analysis.rule import load_rules


def warm_up() -> None:
    """Go through all of the analysis's code."""
    for rule in load_rules().values():
        for text in (*rule.bad.values(), *rule.good.values()):
            analyze(text, filename="warm.js")
    gc.collect()
    gc.freeze()


warm_up()
