"""``--format html``: one page for people, which needs nothing but itself.

Style and script stand in the page, and its content security policy names them by their hashes: nothing else runs, and nothing is
fetched. All text goes through the template's escaping. What is shown is ``view``'s, how it looks is in ``page.html.jinja``,
``page.css`` and ``page.js``.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import TextIO

from .. import Report


def report(report: Report, stream: TextIO) -> None:
    """Write the page, piece by piece."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    from . import view

    style, script = _asset("page.css"), _asset("page.js")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(prose=view.prose, shown=view.shown)
    template = environment.from_string(_asset("page.html.jinja"))
    page = template.stream(
        page=view.page(report),
        style=Markup(style),
        script=Markup(script),
        policy=(
            f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; img-src data:; "
            "base-uri 'none'; form-action 'none'"
        ),
    )
    page.enable_buffering(50)
    stream.writelines(page)


def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """A source expression of a content security policy that allows this text."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
