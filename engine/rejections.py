"""Hears of promises that are rejected with nobody handling it. The wheel's `Context` tells nothing of them; its engine does.

The extension module exports the functions of quickjs.h, among them JS_SetHostPromiseRejectionTracker. The addresses that they take
are the fields of the wheel's own objects (module.c), so this is done with those releases of the wheel that were looked at, and on
Linux. With any other the engine is left alone, and rejections are known only as far as `rewriting.watch_promises` sees them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import cache
from importlib.machinery import PathFinder
from typing import Any

RELEASES = frozenset({"0.17.0.2"})
MOST = 1000  # rejections of one run that are looked at
HEAD = 16  # bytes of every Python object, before the fields
INTEGER, UNDEFINED, EXCEPTION = 0, 3, 6  # tags of the engine's values


@cache
def known() -> bool:
    """Whether the engine can be asked to tell. Does not load it."""
    if sys.platform != "linux" or object.__basicsize__ != HEAD or sys.maxsize <= 1 << 32:
        return False
    found = PathFinder.find_spec("_quickjs")
    if found is None or not found.origin:
        return False
    folder = os.path.dirname(found.origin)
    return any(os.path.isdir(os.path.join(folder, f"quickjs_ng-{release}.dist-info")) for release in RELEASES)


class Rejections:
    """What is rejected in a context. ``note`` is a function of the context's own, called with each reason and its number at once:

    a reason that were kept here would keep alive what it holds.
    """

    def __init__(self, context: Any, note: Any) -> None:
        import ctypes

        import _quickjs

        class Value(ctypes.Structure):
            _fields_ = (("payload", ctypes.c_uint64), ("tag", ctypes.c_int64))

        self.context, self.note = context, note  # kept, as their addresses are
        self.handled: list[bool] = []
        self.latest: dict[int, int] = {}  # the address of a promise, which another may get later -> its number
        engine: Any = ctypes.PyDLL(str(_quickjs.__file__))
        engine.JS_GetRuntime.restype = ctypes.c_void_p
        engine.JS_Call.restype = engine.JS_GetException.restype = Value
        runtime, address = (ctypes.c_void_p * 2).from_address(id(context) + HEAD)
        if engine.JS_GetRuntime(ctypes.c_void_p(address)) != runtime:
            raise RuntimeError("the wheel's Context is not laid out as it was")
        function = Value.from_address(id(note) + HEAD + 8)

        def heard(_context: int, promise: Any, reason: Any, handled: bool, _: None) -> None:
            if handled:
                number = self.latest.pop(promise.payload, -1)
                if number >= 0:
                    self.handled[number] = True
                return
            if len(self.handled) == MOST:
                return
            number = self.latest[promise.payload] = len(self.handled)
            self.handled.append(False)
            given = (Value * 2)(reason, Value(number, INTEGER))
            result = engine.JS_Call(ctypes.c_void_p(address), function, Value(0, UNDEFINED), 2, given)
            if result.tag == EXCEPTION:
                result = engine.JS_GetException(ctypes.c_void_p(address))
            engine.JS_FreeValue(ctypes.c_void_p(address), result)

        tracker = ctypes.CFUNCTYPE(None, ctypes.c_void_p, Value, Value, ctypes.c_bool, ctypes.c_void_p)(heard)
        self.set: Callable[[Any], None] = lambda to: engine.JS_SetHostPromiseRejectionTracker(ctypes.c_void_p(runtime), to, None)
        self.set(tracker)
        self.tracker = tracker  # lives as long as the engine may call it

    def first(self) -> int:
        """The number of the first that nobody has handled yet; negative where there is none."""
        return self.handled.index(False) if False in self.handled else -1

    def close(self) -> None:
        """Hear of no more."""
        self.set(None)
