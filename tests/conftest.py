"""For all tests: results of one run are nothing that another may find, unless a test is about that."""

from __future__ import annotations

import gc
import os
import signal

from hypothesis import settings

from jsleak.workspace.cache import FOLDER_VARIABLE, OFF_VARIABLE

os.environ.pop(FOLDER_VARIABLE, None)
os.environ[OFF_VARIABLE] = "1"

# A run that fails, fails again: what is to be searched with new examples is asked for by `--hypothesis-profile=default`.
settings.register_profile("repeatable", derandomize=True)
settings.load_profile("repeatable")

# What a shell starts in the background ignores Ctrl-C, and so would the programs that tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Thousands of tests stay to the end: no search for garbage, and an engine's `gc()` is one, has to look at them again."""
    gc.collect()
    gc.freeze()
