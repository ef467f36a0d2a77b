"""jsleak: a leak linter and language server for JavaScript.

``analyze`` examines one text, ``lint`` files and folders; ``confirm`` puts findings to the test on a real engine;
``apply_edits`` makes the edits of fixes; ``rules`` and ``explain`` tell what is looked for. They are the calls that the command
line and the language server are made of. Nothing is loaded before it is used: the command starts by importing this module.
"""

__version__ = "0.1.0"

#: What ``typing`` has under this name, without the time that it takes to import. Type checkers know the name.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from .analysis import Loader, SourceType
    from .analysis.edits import OverlappingEdits
    from .analysis.findings import (
        Analysis,
        Edit,
        Finding,
        Fix,
        FixOutcome,
        FixTrial,
        Hop,
        Problem,
        ProblemKind,
        Severity,
        Status,
        Suppressed,
        Verdict,
    )
    from .analysis.rule import Option, Rule, RuleSettings
    from .analysis.text import Position, Range
    from .api import UnknownRule, analyze, apply_edits, confirm, explain, lint, rules
    from .workspace import LintResult, Phase, Progress, Settings

__all__ = [
    "Analysis",
    "Edit",
    "Finding",
    "Fix",
    "FixOutcome",
    "FixTrial",
    "Hop",
    "LintResult",
    "Loader",
    "Option",
    "OverlappingEdits",
    "Phase",
    "Position",
    "Problem",
    "ProblemKind",
    "Progress",
    "Range",
    "Rule",
    "RuleSettings",
    "Settings",
    "Severity",
    "SourceType",
    "Status",
    "Suppressed",
    "UnknownRule",
    "Verdict",
    "__version__",
    "analyze",
    "apply_edits",
    "confirm",
    "explain",
    "lint",
    "rules",
]

#: Where each name comes from; the same as the imports above, which a test compares.
_MODULES = {
    "analysis": ("Loader", "SourceType"),
    "analysis.edits": ("OverlappingEdits",),
    "analysis.findings": (
        "Analysis",
        "Edit",
        "Finding",
        "Fix",
        "FixOutcome",
        "FixTrial",
        "Hop",
        "Problem",
        "ProblemKind",
        "Severity",
        "Status",
        "Suppressed",
        "Verdict",
    ),
    "analysis.rule": ("Option", "Rule", "RuleSettings"),
    "analysis.text": ("Position", "Range"),
    "api": ("UnknownRule", "analyze", "apply_edits", "confirm", "explain", "lint", "rules"),
    "workspace": ("LintResult", "Phase", "Progress", "Settings"),
}


if not TYPE_CHECKING:  # a checker that saw this would take any name for one of ours

    def __getattr__(name: str) -> object:
        for module, names in _MODULES.items():
            if name in names:
                from importlib import import_module

                value = globals()[name] = getattr(import_module(f"{__name__}.{module}"), name)
                return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__} - {"TYPE_CHECKING"})
