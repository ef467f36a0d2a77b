"""Settings files: ``jsleak.toml``, or ``"jsleak"`` in ``package.json``.

``declared`` says which settings there are, and everything else is made from that: what is read and checked (``files``), what is in
force for a file (``resolve``), the JSON schema and the table in the docs (``schema``).
"""

from __future__ import annotations

from .declared import Declared, Setting, declared
from .origin import Origin
from .resolve import FileSettings, Level, Overrides, Scope, SettingsFiles

__all__ = ["Declared", "FileSettings", "Level", "Origin", "Overrides", "Scope", "Setting", "SettingsFiles", "declared"]
