"""The documents that are open, and what is known of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from lsprotocol import types
from pygls.uris import from_fs_path, to_fs_path

from jsleak.analysis.findings import Analysis, Finding, ProblemKind, Verdict
from jsleak.workspace.discovery import extensions

from .moving import Moving, MovingSite, follow, united
from .positions import Positions
from .snapshot import FindingKey, Snapshot, finding_keys

if TYPE_CHECKING:
    from jsleak.engine.leaks import Leak

#: What editors call JavaScript. One of them says nothing.
_LANGUAGES = frozenset(
    {"javascript", "javascriptreact", "js", "jsx", "mjs", "cjs", "typescript", "typescriptreact", "ts", "tsx", "mts", "cts", ""}
)


def file_path(uri: str) -> str | None:
    """The absolute path that a `file:` URI names; None for any other."""
    return to_fs_path(uri) if uri.startswith("file:") else None


def file_uri(path: str) -> str:
    """The `file:` URI of an absolute path. A path that is none already is a URI."""
    # Names that are not UTF-8 hold surrogates, which no URI can.
    return from_fs_path(path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")) or path


@dataclass(slots=True)
class Document:
    """One open document. ``text`` and ``version`` are the client's; what is known of them comes by ``accept``."""

    uri: str
    path: str
    positions: Positions
    version: int | None
    language: str = ""
    #: Counts texts and anything else that may change the findings, so that a result can be told to be late.
    turn: int = 0
    #: Whether what is known is of the present text, and whether anything is known at all.
    analysed: bool = False
    seen: bool = False
    _analysis: Analysis = field(default_factory=Analysis)
    _others: Mapping[str, Positions] = field(default_factory=dict)
    _moving: list[Moving] = field(default_factory=list)
    _sites: list[MovingSite] = field(default_factory=list)
    _verdicts: dict[FindingKey, Verdict] = field(default_factory=dict)
    _leaks: tuple[Leak, ...] = ()
    _snapshot: Snapshot | None = None

    @property
    def text(self) -> str:
        """The text as the client has it."""
        return self.positions.text

    @property
    def is_javascript(self) -> bool:
        """Whether the client or the name says that it is or holds some. Editors also show us what stands in other languages."""
        return self.language in _LANGUAGES or self.path.endswith(extensions(markdown=True))

    @property
    def is_markdown(self) -> bool:
        """Whether it is looked at only where the settings say so."""
        return self.is_javascript and self.path.endswith(extensions(markdown=True)) and not self.path.endswith(extensions())

    @property
    def is_file(self) -> bool:
        """Whether it stands, or would stand, on disk."""
        return self.path != self.uri

    def change(self, changes: Sequence[types.TextDocumentContentChangeEvent], version: int | None) -> None:
        """Make the client's edits, in their order."""
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                start, end = self.positions.offsets(change.range)
                replacement = change.text
            else:
                start, end, replacement = _difference(self.text, change.text)
            self.positions = self.positions.replaced(start, end, replacement)
            self._moving = follow(self._moving, start, end, len(replacement))
            self._sites = follow(self._sites, start, end, len(replacement))
        self.version = version
        self._leaks = ()
        self.outdate()

    def outdate(self) -> None:
        """What is known holds no longer, or may not."""
        self.turn += 1
        self.analysed = False
        self._snapshot = None

    def accept(self, analysis: Analysis, others: Mapping[str, Positions]) -> Snapshot:
        """Take the analysis of the text as it is now.

        Of one that does not parse only the rest could be analysed: what is known of the parts that are broken, and what needs the
        whole to be sure, stays as it was.
        """
        self.analysed = self.seen = True
        self._snapshot = None
        self._others = {**self._others, **others} if is_broken(analysis) else dict(others)
        self._analysis = analysis
        moving = [Moving.of(finding, self.positions.source) for finding in analysis.findings]
        sites = [MovingSite.of(site, self.positions.source) for site in analysis.outline]
        if is_broken(analysis):
            self._moving = united(self._moving, moving)
            self._sites = united(self._sites, sites)
        else:
            self._moving, self._sites = moving, sites
            keys = set(finding_keys(analysis.findings, self.positions.source))
            self._verdicts = {key: verdict for key, verdict in self._verdicts.items() if key in keys}
        return self.snapshot()

    def judge(self, key: FindingKey, verdict: Verdict) -> bool:
        """Note what an experiment said of a finding; False where there is no such finding now."""
        if key not in self.snapshot().keys:
            return False
        self._verdicts[key] = verdict
        self._snapshot = None
        return True

    def note_leaks(self, leaks: tuple[Leak, ...]) -> None:
        """Note what leaked when this text was run; an edit forgets it."""
        self._leaks = leaks
        self._snapshot = None

    def snapshot(self) -> Snapshot:
        """What is known of the text as it is now."""
        if self._snapshot is None:
            self._snapshot = self._make_snapshot()
        return self._snapshot

    def _make_snapshot(self) -> Snapshot:
        source = self.positions.source
        stale = not self.analysed or is_broken(self._analysis)
        analysis = self._analysis
        if stale:
            findings = tuple(one.now(source) for one in self._moving)
            sites = tuple(one.now(source) for one in self._sites)
            problems = analysis.problems if self.analysed else ()
            analysis = replace(analysis, findings=findings, problems=problems, outline=sites)
        keys = finding_keys(analysis.findings, source)
        verdicts = {key: self._verdicts[key] for key in keys if key in self._verdicts}
        known = keys, verdicts, self._others, self._leaks
        return Snapshot(self.uri, self.version, self.path, source, self.positions, analysis, stale, *known)


def is_broken(analysis: Analysis) -> bool:
    """Whether findings may be missing, because the text does not parse."""
    return any(problem.kind in (ProblemKind.SYNTAX_ERROR, ProblemKind.TOO_DEEP) for problem in analysis.problems)


def with_verdict(finding: Finding, verdict: Verdict | None) -> Finding:
    """The finding with what an experiment said of it."""
    return finding if verdict is None else replace(finding, verdict=verdict)


def _difference(old: str, new: str) -> tuple[int, int, str]:
    """The one replacement that makes ``new`` of ``old``, as short as their common ends allow."""
    start = _common(old, new)
    limit = min(len(old), len(new)) - start
    end = min(limit, _common(old[::-1], new[::-1]))
    return start, len(old) - end, new[start : len(new) - end]


def _common(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginnings."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


class Documents:
    """All open documents, by URI as the client writes it, and by path."""

    def __init__(self) -> None:
        self._by_uri: dict[str, Document] = {}

    def __iter__(self) -> Iterator[Document]:
        return iter(list(self._by_uri.values()))

    def open(self, item: types.TextDocumentItem, encoding: types.PositionEncodingKind | str) -> Document:
        """A document that the client has opened. One that was open is replaced."""
        path = file_path(item.uri) or item.uri
        positions = Positions(item.text, encoding, path)
        document = Document(item.uri, path, positions, item.version, item.language_id)
        self._by_uri[_key(item.uri)] = document
        return document

    def close(self, uri: str) -> Document | None:
        """Forget a document."""
        return self._by_uri.pop(_key(uri), None)

    def get(self, uri: str) -> Document | None:
        """The document of a URI, if it is open."""
        return self._by_uri.get(_key(uri))

    def at(self, path: str) -> Document | None:
        """The document of a path, if it is open."""
        return next((document for document in self._by_uri.values() if document.path == path), None)


def _key(uri: str) -> str:
    """Clients escape differently: `file:///c%3A/a` and `file:///c:/a` name one file."""
    return unquote(uri)
