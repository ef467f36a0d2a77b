"""The process that runs programs on the bundled engine: a JSON line in, a JSON line out, each program in a fresh context.

It is started by `pool`, locked in by `sandbox`, and imports nothing but the engine's extension module and the standard library.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any, BinaryIO

import _quickjs

from jsleak.engine.prelude import prelude
from jsleak.engine.quickjs_engine import run
from jsleak.engine.sandbox import CPU, confine


def main(arguments: list[str]) -> None:
    """Serve requests until the parent closes the pipe. ``arguments``: the working folder, and the bytes of memory."""
    folder, data = arguments
    texts = prelude()
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)
    confine(folder, data=int(data), cpu=CPU, threads=False)
    serve(requests, answers, texts)


def serve(requests: BinaryIO, answers: BinaryIO, texts: tuple[str, str, str]) -> None:
    """Answer each line."""
    for line in requests:
        asked: dict[str, Any] = json.loads(line)
        started = time.monotonic()
        try:
            answer = run(_quickjs.Context(), asked, *texts)
        except Exception as error:  # of the report: what the program left behind made it impossible
            answer = {"completion": "crash", "error": "", "line": 0, "column": 0, "spoilt": True}
            answer["reason"] = f"the engine could not report what the program did ({type(error).__name__}: {error})"[:1000].strip()
        answer["seconds"] = time.monotonic() - started
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
