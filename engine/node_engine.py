"""Node, where it is on PATH: V8 with `--expose-gc`, locked in by node's permission model and the limits of `sandbox`.

A warm process runs one program after the other, each in a realm of its own: starting node takes 40 ms and more, a realm 2 ms.
Node may read no file at all: what it runs comes on its command line and through its pipe.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from functools import cache

from . import sandbox
from .prelude import prelude, read
from .process import Worker

OLDEST = 20  # the first with a permission model
LEAST_HEAP = 16  # megabytes of V8's heap; it does not start with much less
BESIDES = 768 << 20  # bytes that the process may have besides its heap: buffers outside of it, V8's own, stacks of threads
ASK = "process.version + ' ' + process.execPath + ' ' + process.allowedNodeEnvironmentFlags.has('--permission')"


@cache
def found() -> tuple[str, str, str] | None:
    """Version, path and permission flag of the `node` on PATH; a launcher in its place is asked for the real one."""
    path = shutil.which("node")
    if path is None:
        return None
    try:
        ran = subprocess.run([path, "-p", ASK], capture_output=True, timeout=10, check=True, text=True, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError):
        return None
    told = re.fullmatch(r"v((\d+)\S*) (.+) (true|false)\n", ran.stdout)
    if told is None or int(told[2]) < OLDEST:
        return None
    return told[1], told[3], "--permission" if told[4] == "true" else "--experimental-permission"


def version() -> str:
    """The version of `node` on PATH, as `20.20.2`; empty where there is none that can be locked in."""
    node = found()
    return node[0] if node else ""


def start(memory: int) -> Worker:
    """Start a node worker whose heap may have so many bytes."""
    node = found()
    assert node is not None, "there is no node"
    _, path, permission = node
    heap = max(memory >> 20, LEAST_HEAP)
    flags = ["--expose-gc", permission, "--no-warnings", "--no-addons", f"--max-old-space-size={heap}"]
    command = sandbox.command("sandbox", sandbox.ROOT, "")
    return Worker(command, [str((heap << 20) + BESIDES), path, *flags, "-e", runner()], memory, errors=True)


@cache
def runner() -> str:
    """What node runs: the runner, which is handed the harness and the host."""
    texts = ", ".join(json.dumps(text) for text in prelude())
    return read("node_runner.js") + f"\nstart({texts});"
