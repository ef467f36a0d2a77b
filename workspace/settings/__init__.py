"""Settings files: ``jsleak.toml``, or ``"jsleak"`` in ``package.json``.

``declared`` says which settings there are, and everything else is made from that: what is read and checked (``parsing``), what
is in force for a file (``scope``, ``resolve``), the JSON schema and the table in the docs (``schema``). A run that meets no
settings file loads little of it.
"""

from __future__ import annotations

from .origin import Origin
from .resolve import SettingsFiles
from .scope import Level, Overrides, Scope

__all__ = ["Level", "Origin", "Overrides", "Scope", "SettingsFiles"]
