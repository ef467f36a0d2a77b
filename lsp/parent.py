"""The client's process. Its streams may be held open by others, so its death is watched for by itself."""

from __future__ import annotations

import asyncio
import os
import sys

#: Seconds between two looks, where the system does not tell.
_LOOK = 1.0


class ClientProcess:
    """A process that the client named as its own; looked up at once, because its number may soon mean nothing."""

    def __init__(self, process: int | None) -> None:
        self._process = process
        self._descriptor: int | None = None
        # One that is not seen from here (the client may live in another container) is not dead, and can't be watched.
        # On Windows, looking would be an interrupt.
        self.seen = process is not None and sys.platform != "win32" and _lives(process)
        if self.seen and process is not None and hasattr(os, "pidfd_open"):
            try:
                self._descriptor = os.pidfd_open(process)
            except OSError:
                self.seen = False

    async def ended(self) -> None:
        """Wait for its end; for ever, if it can't be seen."""
        if not self.seen or self._process is None:
            await asyncio.Event().wait()
        elif self._descriptor is None:
            while _lives(self._process):
                await asyncio.sleep(_LOOK)
        else:
            loop = asyncio.get_running_loop()
            gone = asyncio.Event()
            loop.add_reader(self._descriptor, gone.set)
            try:
                await gone.wait()
            finally:
                loop.remove_reader(self._descriptor)
                os.close(self._descriptor)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
