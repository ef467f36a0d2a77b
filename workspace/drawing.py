"""Draws the boxes and arrows of a picture as SVG.

The SVG has no scripts, style sheets or ids: several may stand in one page, under any content security policy. Its colours are the
page's: ``currentColor`` and the variables ``--jsleak-box``, ``--jsleak-strong``, ``--jsleak-weak``, ``--jsleak-sans`` and
``--jsleak-mono``, each with a value that is readable on light and dark grounds. One column of boxes from top to bottom, the arrows
between them at its left, the weak ones (which skip boxes) at its right. Lengths are in user units, 1 px at natural size.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, tostring

if TYPE_CHECKING:
    from .picture import Edge, Node

_WIDTH = 380.0  # of a box
_MARGIN = 14.0
_PADDING = 12.0
_GUTTER = 104.0  # for arrows beside the boxes, where there are any
_STEM = 28.0  # from a box's left side to the arrows below it
_TEXT = 13.0
_SMALL = 11.0
_LEADING = 1.4
_GAP = 30.0  # between boxes without a label in between
_LABEL_LINES = 3
_ADVANCE = 0.61  # of a character, in font sizes: what monospaced fonts have, and more than others need

_STRONG = "var(--jsleak-strong, #d0453c)"
_WEAK = "var(--jsleak-weak, #7d8590)"
_SANS = "var(--jsleak-sans, ui-sans-serif, system-ui, sans-serif)"
_MONO = "var(--jsleak-mono, ui-monospace, SFMono-Regular, Menlo, Consolas, monospace)"

Line = list[tuple[str, bool]]  # runs of text, and whether each is code


@dataclass(frozen=True, slots=True)
class _Box:
    top: float
    height: float

    @property
    def bottom(self) -> float:
        return self.top + self.height

    @property
    def middle(self) -> float:
        return self.top + self.height / 2


def draw(title: str, nodes: Sequence[Node], edges: Sequence[Edge]) -> str:
    """The SVG text. Edges join a node and the next one, or are drawn at the side."""
    position = {node.id: index for index, node in enumerate(nodes)}
    beside = [edge for edge in edges if position[edge.target] - position[edge.source] != 1]
    below = {edge.source: edge for edge in edges if edge not in beside}
    boxes: dict[str, _Box] = {}
    top = _MARGIN
    for node in nodes:
        boxes[node.id] = _Box(top, _node_height(node))
        top = boxes[node.id].bottom + _gap(below.get(node.id))
    height = boxes[nodes[-1].id].bottom + _MARGIN
    width = _WIDTH + 2 * _MARGIN + (_GUTTER if beside else 0)
    svg = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "jsleak-picture",
            "role": "group",
            "viewBox": f"0 0 {_number(width)} {_number(height)}",
            "width": _number(width),
            "height": _number(height),
            "font-family": _SANS,
            "font-size": _number(_TEXT),
            "fill": "currentColor",
        },
    )
    SubElement(svg, "title").text = clean(title)
    for edge in edges:
        source, target = boxes[edge.source], boxes[edge.target]
        if edge in beside:
            _draw_beside(svg, edge, source, target)
        else:
            _draw_below(svg, edge, source, target)
    for node in nodes:
        _draw_node(svg, node, boxes[node.id])
    return tostring(svg, encoding="unicode")


def _draw_node(svg: Element, node: Node, box: _Box) -> None:
    group = SubElement(svg, "g", {"class": f"node {node.role}", "data-node": node.id})
    SubElement(group, "title").text = clean(f"{node.label}\n{node.path}:{node.range.start.line}:{node.range.start.column}")
    main = node.role != "hop"
    SubElement(
        group,
        "rect",
        {
            "class": "box",
            "x": _number(_MARGIN),
            "y": _number(box.top),
            "width": _number(_WIDTH),
            "height": _number(box.height),
            "rx": "16" if node.role == "registry" else "5",
            "fill": "var(--jsleak-box, transparent)",
            "stroke": _STRONG if node.role == "target" else "currentColor",
            "stroke-width": "2" if main else "1",
            "stroke-opacity": "1" if main else "0.55",
            "pointer-events": "all",
        },
    )
    x = _MARGIN + _PADDING
    y = _draw_lines(group, x, box.top + _PADDING, _label_lines(node.label), _TEXT, weight="600")
    y = _draw_lines(group, x, y, [_place(node.number, node.path, node.range.start.line)], _SMALL, opacity="0.75")
    if node.code:
        _draw_lines(group, x, y, _code_lines(node.code), _SMALL, opacity="0.75")


def _draw_below(svg: Element, edge: Edge, source: _Box, target: _Box) -> None:
    group = _edge_group(svg, edge)
    x = _MARGIN + _STEM
    _draw_line(group, edge, f"M {_number(x)} {_number(source.bottom)} V {_number(target.top - 6)}")
    _draw_head(group, edge, [(x, target.top - 1), (x - 5, target.top - 10), (x + 5, target.top - 10)])
    if edge.label:
        lines = _edge_lines(edge)
        SubElement(
            group,
            "rect",
            {
                "class": "hit",
                "x": _number(x + 10),
                "y": _number(source.bottom + 6),
                "width": _number(_WIDTH - _STEM - 10),
                "height": _number(target.top - source.bottom - 12),
                "fill": "none",
                "pointer-events": "all",
            },
        )
        y = _draw_lines(group, x + 14, source.bottom + 10, lines, _TEXT)
        if edge.hop is not None:
            _draw_lines(group, x + 14, y, [_place(edge.number, edge.hop.path, edge.hop.range.start.line)], _SMALL, opacity="0.75")


def _draw_beside(svg: Element, edge: Edge, source: _Box, target: _Box) -> None:
    group = _edge_group(svg, edge)
    side = _MARGIN + _WIDTH
    x = side + 22
    down = source.middle < target.middle
    start, end = _number(source.middle), _number(target.middle)
    _draw_line(group, edge, f"M {_number(side)} {start} H {_number(x)} V {end} H {_number(side + 6)}")
    _draw_head(group, edge, [(side + 1, target.middle), (side + 10, target.middle - 5), (side + 10, target.middle + 5)])
    lines = wrap(edge.label, _GUTTER - 30, _SMALL, _LABEL_LINES)
    between = (source.bottom + target.top) / 2 if down else (target.bottom + source.top) / 2
    _draw_lines(group, x + 6, between - len(lines) * _SMALL * _LEADING / 2, lines, _SMALL)


def _edge_group(svg: Element, edge: Edge) -> Element:
    group = SubElement(svg, "g", {"class": f"edge {edge.strength}"})
    if edge.hop is not None:
        group.set("data-node", edge.id)
        start = edge.hop.range.start
        SubElement(group, "title").text = clean(f"{edge.label}\n{edge.hop.path}:{start.line}:{start.column}")
    return group


def _draw_line(group: Element, edge: Edge, path: str) -> None:
    line = SubElement(group, "path", {"d": path, "fill": "none", "stroke": _colour(edge), "stroke-width": "1.8"})
    if edge.strength == "weak":
        line.set("stroke-dasharray", "5 4")
    elif edge.strength == "step":
        line.set("stroke-width", "1")


def _draw_head(group: Element, edge: Edge, corners: list[tuple[float, float]]) -> None:
    points = " ".join(f"{_number(x)},{_number(y)}" for x, y in corners)
    SubElement(group, "polygon", {"points": points, "fill": _colour(edge)})


def _colour(edge: Edge) -> str:
    return _STRONG if edge.strength == "strong" else _WEAK


def _draw_lines(
    group: Element, x: float, top: float, lines: Sequence[Line], size: float, *, weight: str = "", opacity: str = ""
) -> float:
    """Lines of text below each other; gives where the next one would begin."""
    for line in lines:
        text = SubElement(group, "text", {"x": _number(x), "y": _number(top + size), "font-size": _number(size)})
        if weight:
            text.set("font-weight", weight)
        if opacity:
            text.set("opacity", opacity)
        for run, is_code in line:
            span = SubElement(text, "tspan")
            span.text = run
            if is_code:
                span.set("font-family", _MONO)
        top += size * _LEADING
    return top


def _label_lines(label: str) -> list[Line]:
    return wrap(label, _WIDTH - 2 * _PADDING, _TEXT, _LABEL_LINES)


def _code_lines(code: str) -> list[Line]:
    return [[(run, True) for run, _ in line] for line in wrap(code.replace("`", "'"), _WIDTH - 2 * _PADDING, _SMALL, 1)]


def _edge_lines(edge: Edge) -> list[Line]:
    return wrap(edge.label, _WIDTH - _STEM - 2 * _PADDING, _TEXT, _LABEL_LINES)


def _place(number: int, path: str, line: int) -> Line:
    """``2. handle.js:12``, with the hop's number where it is one."""
    name = clean(path.replace("\\", "/").rsplit("/", 1)[-1])
    name = name if len(name) <= 36 else "…" + name[-35:]
    return [(f"{number}. {name}:{line}" if number else f"{name}:{line}", False)]


def _node_height(node: Node) -> float:
    text = len(_label_lines(node.label)) * _TEXT + _SMALL + (_SMALL if node.code else 0)
    return 2 * _PADDING + text * _LEADING - 4


def _gap(edge: Edge | None) -> float:
    if edge is None or not edge.label:
        return _GAP
    return 28 + (len(_edge_lines(edge)) * _TEXT + (_SMALL if edge.hop is not None else 0)) * _LEADING


def wrap(label: str, width: float, size: float, most: int) -> list[Line]:
    """A label in lines of a width, of which the last one is elided where there are more than ``most``. Backticks make code."""
    limit = width / (_ADVANCE * size)  # in characters of usual width
    words = [(word, part % 2 == 1) for part, text in enumerate(clean(label).split("`")) for word in _words(text)]
    lines: list[Line] = [[]]
    used = 0.0
    for word, is_code in words:
        if used and used + columns(word.rstrip()) > limit:
            lines.append([])
            used = 0.0
        for piece in _pieces(word, limit):
            if used and used + columns(piece.rstrip()) > limit:
                lines.append([])
                used = 0.0
            lines[-1].append((piece, is_code))
            used += columns(piece)
    if len(lines) > most:
        lines = lines[:most]
        lines[-1] = _elided(lines[-1], limit)
    return [_joined(line) for line in lines]


def _words(text: str) -> list[str]:
    """Words with the blanks behind them."""
    words = [part + " " for part in text.split(" ")]
    words[-1] = words[-1][:-1]
    return [word for word in words if word]


def _pieces(word: str, limit: float) -> list[str]:
    """A word, cut where it is longer than a line."""
    if columns(word.rstrip()) <= limit:
        return [word]
    pieces, used = [""], 0.0
    for character in word:
        if used + columns(character) > limit:
            pieces.append("")
            used = 0.0
        pieces[-1] += character
        used += columns(character)
    return pieces


def _elided(line: Line, limit: float) -> Line:
    kept: Line = []
    left = limit - 1
    for run, is_code in line:
        fitting = ""
        for character in run:
            if columns(character) > left:
                break
            fitting += character
            left -= columns(character)
        kept.append((fitting, is_code))
        if fitting != run:
            break
    kept[-1] = (kept[-1][0].rstrip() + "…", kept[-1][1])
    return kept


def _joined(line: Line) -> Line:
    joined: Line = []
    for run, is_code in line:
        if joined and joined[-1][1] == is_code:
            joined[-1] = (joined[-1][0] + run, is_code)
        else:
            joined.append((run, is_code))
    return joined


def columns(text: str) -> float:
    """The width of a text in characters of usual width; what East Asian fonts draw wide counts double."""
    return sum(2.0 if unicodedata.east_asian_width(character) in "WF" else 1.0 for character in text)


def clean(text: str) -> str:
    """A text without what XML cannot hold, and without controls that would turn its order round."""
    return "".join(_clean(character) for character in text)


def _clean(character: str) -> str:
    if character == "\n":
        return character
    category = unicodedata.category(character)
    if category in ("Zs", "Zl", "Zp") or character in "\t\r":
        return " "
    if category in ("Cc", "Cs", "Cn") or unicodedata.bidirectional(character) in _TURNING:
        return "\N{REPLACEMENT CHARACTER}"
    return character


_TURNING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
