"""JavaScript inside of other files: pages, components, Markdown.

What surrounds a script is blanked out, so that each program is as long as its file and stands where it does there. Scripts that
neither name what a rule asks about nor import a file by a relative path are no programs at all: nothing could come of them, and a
snippet in another dialect is nobody's problem.
"""

from __future__ import annotations

from ..code import Code
from ..kinds import Kind


def programs(text: str, kind: Kind) -> tuple[Code, ...]:
    """The programs in a file of markup, in order of place."""
    if kind is Kind.MARKDOWN:
        from .markdown import markdown

        return markdown(text)
    if kind is Kind.HTML:
        from .pages import page

        return page(text)
    from .components import astro, svelte, vue

    return {Kind.VUE: vue, Kind.SVELTE: svelte, Kind.ASTRO: astro}[kind](text)
