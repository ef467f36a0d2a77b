"""The Python API's functions, which ``jsleak`` itself offers: the calls of ``analysis``, ``workspace`` and ``engine`` that the
tools are made of, with the defaults that a program expects of a library.

What is wrong with a text or a file is a result; what is wrong with a call is an exception.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from .analysis import Loader, SourceType
from .analysis import analyze as _analyze
from .analysis.edits import apply
from .analysis.findings import Analysis, Edit, Finding
from .analysis.rule import LoadedRule, Rule, RuleSettings, load_rules, rule_names
from .workspace import LintResult, Progress, Settings, SettingsFiles
from .workspace import lint as _lint

if TYPE_CHECKING:
    from .engine.confirm import Text

Path = str | os.PathLike[str]


class UnknownRule(ValueError):
    """There is no rule of this name, or the rule has no option of this name."""


def analyze(
    text: str,
    *,
    filename: str = "<text>",
    rules: RuleSettings | None = None,
    source_type: SourceType | None = None,
    load: Loader | None = None,
) -> Analysis:
    """What the rules say of one text. Reads no file, so no settings file either, and runs nothing.

    ``filename`` is what the findings call the text; its extension tells what it is, as ``source_type`` does: ``.mjs`` a module,
    ``.cjs`` CommonJS, else what parses as a module is one. ``rules`` chooses rules, their severities and options. ``load`` gives
    the path and text of a module from the path of the one that imports it and the specifier; without it imports are not
    followed.

    A text that names neither ``FinalizationRegistry`` nor ``WeakRef`` is not parsed and has no findings. What cannot be parsed is a
    problem of the result. Raises UnknownRule for settings of rules that do not exist.
    """
    from .workspace.packages import by_extension

    _check(rules)
    if not _relevant(text):
        return Analysis()
    return _analyze(text, filename=filename, source_type=source_type or by_extension(filename), settings=rules, load=load)


def lint(
    paths: Path | Iterable[Path] = ".",
    *,
    settings: Settings | None = None,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> LintResult:
    """Examine files and folders as ``jsleak lint PATHS`` does, with the same settings files, and give all that it reports.

    ``settings`` take the place of settings files for all that is examined. Folders are walked by ``.gitignore``, without
    ``node_modules``; files that are named are always examined. Relative paths
    start from ``folder`` (default: the working folder), and those of the results are relative to it. ``progress`` is called now
    and then.

    What cannot be examined is a problem of the result: nothing is raised for it. Raises UnknownRule for settings of rules that
    do not exist. Many files are shared out over several processes; where those are not forked (not on Linux, or with several
    threads), the program's main module must be importable without side effects. ``Settings(jobs=1)`` stays in this process.
    """
    _check(settings.rules if settings else None)
    named = [paths] if isinstance(paths, str | os.PathLike) else paths
    start = os.path.abspath(folder) if folder is not None else None  # noqa: PTH100 (resolve() follows links)
    return _lint([os.fspath(path) for path in named], settings or SettingsFiles(), folder=start, progress=progress)


def confirm(
    findings: Iterable[Finding],
    *,
    sources: Mapping[str, str] | None = None,
    rules: RuleSettings | None = None,
    folder: Path | None = None,
) -> tuple[Finding, ...]:
    """The findings, each with the verdict of an experiment, in their order.

    **This runs the code that the findings are about**, on the bundled engine or on node, locked in as ``docs/run.md`` says.
    ``sources`` has the texts of files that are on no disk by the findings' ``path``; others are read below ``folder`` (default:
    the working folder). ``rules`` are the settings that the findings were made with.
    """
    from .engine.confirm import confirm_all

    given = tuple(findings)
    _check(rules)
    if not given:
        return ()
    texts = sources or {}
    start = os.path.abspath(folder or ".")  # noqa: PTH100 (resolve() follows links)
    return confirm_all(given, lambda path: _text(path, texts.get(path), start), rules or RuleSettings())


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text with the edits of one or more fixes made; their ranges are those of ``text`` as given.

    Raises OverlappingEdits where two of them change the same characters: apply one of the fixes, and analyze again.
    """
    return apply(text, edits)


def rules() -> Mapping[str, Rule]:
    """All rules by name: severity, summary, sources, options, and the experiment that can prove a finding."""
    return {name: loaded.rule for name, loaded in load_rules().items()}


def explain(rule: str) -> str:
    """The page of a rule as Markdown, as ``jsleak explain`` prints it. Raises UnknownRule."""
    from .analysis.pages import markdown

    return markdown(_loaded(rule))


def _relevant(text: str) -> bool:
    from .workspace.reading import relevant

    return relevant(text.encode("utf-8", "surrogatepass"))


def _text(path: str, given: str | None, folder: str) -> Text | None:
    """A file as the experiments need it; None where it cannot be read."""
    from .engine.confirm import Text
    from .workspace.model import DEFAULT_MAX_FILE_SIZE
    from .workspace.packages import by_extension, loader
    from .workspace.reading import NotRegular, NotText, TooLarge, decode, read_bytes

    if given is not None:
        return Text(path, given, by_extension(path))
    absolute = os.path.join(folder, path)  # noqa: PTH118
    try:
        text = decode(read_bytes(absolute, DEFAULT_MAX_FILE_SIZE))
    except (OSError, ValueError, NotText, NotRegular, TooLarge):
        return None
    return Text(path, text, by_extension(path), loader(absolute, path, folder, DEFAULT_MAX_FILE_SIZE))


def _check(settings: RuleSettings | None) -> None:
    """Raise UnknownRule for a name that a slip of the pen would make count for nothing."""
    if settings is None:
        return
    for name in (*(settings.selected or ()), *settings.severity):
        if name not in rule_names():
            raise _unknown(name)
    for name, options in settings.options.items():
        known = [option.name for option in _loaded(name).rule.options]
        for option in options:
            if option not in known:
                raise UnknownRule(f"the rule {name!r} has no option {option!r}; it has: {', '.join(known) or 'none'}")


def _loaded(name: str) -> LoadedRule:
    try:
        return load_rules()[name]
    except KeyError:
        raise _unknown(name) from None


def _unknown(name: str) -> UnknownRule:
    import difflib

    close = difflib.get_close_matches(name, rule_names(), 1, cutoff=0.5)
    return UnknownRule(f"there is no rule {name!r}" + (f"; did you mean {close[0]!r}?" if close else ""))
