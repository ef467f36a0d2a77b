"""jsleak: a leak linter and language server for JavaScript."""

__version__ = "0.1.0"
