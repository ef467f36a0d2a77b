"""One program on one fresh context of the bundled engine: set up, run, drive, settle, report.

Runs inside the worker. Nothing here trusts what the program left behind: the recorder took the built-ins it needs before the
program ran, and what it reports is read as text. The context has no modules `std` or `os`: no files, no network, no processes.
"""

from __future__ import annotations

import re
import time
from typing import Any

ROOM = 64 << 20  # bytes more than the program may have, to report what it did when it has used up its own
IDLE_TURNS = 100  # times that a program is told that nothing is left to do
REPORTING = 10.0  # seconds of processor time for the report
STACK_FRAME = re.compile(r"\(?<input>:(\d+):(\d+)\)?$", re.MULTILINE)
LINE_END = re.compile("[\n\r\u2028\u2029]")
PARSE_FRAME = re.compile(r"^    at <input>:(\d+):(\d+)$")


class Stop(Exception):
    """The run can't go on: how it completed, and why."""

    def __init__(self, completion: str, reason: str) -> None:
        super().__init__(reason)
        self.completion = completion
        self.reason = reason


class Run:
    """The state of one run."""

    def __init__(self, context: Any, asked: dict[str, Any], harness: str, host: str, node: str) -> None:
        self.context = context
        self.asked = asked
        self.limits: dict[str, Any] = asked["limits"]
        self.deadline = time.monotonic() + float(self.limits["seconds"])
        self.jobs = int(self.limits["jobs"])
        self.happened = 0
        self.room = int(self.limits["output"])
        # The engine calls all code `<input>`: what is not the program begins behind its last line, so its frames can be told apart.
        self.lines = 1 + len(LINE_END.findall(asked["source"]))
        self.behind = "\n" * self.lines
        self.answer: dict[str, Any] = {"completion": "normal", "error": "", "line": 0, "column": 0, "reason": ""}
        context.set_max_stack_size(int(self.limits["stack"]))
        self.host: Any = None
        if host and asked["host"]:
            # The engine calls no Python while a time limit is set, so what is printed is kept there.
            self.host = context.eval(self.behind + host)(self.room + 1)
        self.node: Any = None
        if self.host is not None and asked["script"]:
            self.node = context.eval(self.behind + node)(self.host("parts"), asked["script"])
        self.rejections = listen(context, self.host) if asked["rejections"] and self.host is not None else None
        self.recorder = context.eval(self.behind + harness)(True, True)  # after the host, whose own WeakRefs are not the program's
        context.set_memory_limit(context.memory()["malloc_size"] + int(self.limits["memory"]))

    def left(self) -> float:
        """Seconds left; raises Stop where there are none."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise Stop("timeout", f"it ran longer than {self.limits['seconds']:g} s")
        return left

    def evaluate(self, source: str) -> Any:
        """Run a script; what it throws completes the run."""
        self.context.set_time_limit(self.left())
        return self.context.eval(source)

    def guard(self, step: Any) -> bool:
        """Carry out one step; the first failure is the run's completion. False where the run can't go on."""
        import _quickjs

        try:
            step()
        except Stop as stop:
            self.complete(stop.completion, "", stop.reason)
            return False
        except (_quickjs.JSException, _quickjs.StackOverflow) as error:
            return self.failed(str(error))
        except MemoryError:
            self.complete("out-of-memory", "", "the engine's process had no memory left")
            return False
        return True

    def failed(self, text: str) -> bool:
        """Take down a JavaScript error: False where it was one of our limits, or the program ended itself."""
        if self.gone():
            return False
        message, _, stack = text.rstrip("\n").partition("\n    at ")
        message = message.removesuffix("\nundefined")
        if message == "InternalError: interrupted" and time.monotonic() >= self.deadline - 0.25 * float(self.limits["seconds"]):
            self.complete("timeout", "", f"it ran longer than {self.limits['seconds']:g} s")
            return False
        if message == "InternalError: out of memory" or (message == "null" and self.full()):
            self.complete("out-of-memory", "", f"it needed more than {int(self.limits['memory']) >> 20} MB")
            return False
        frames = "    at " + stack if stack else ""
        parse = PARSE_FRAME.match(frames)
        completion = "syntax-error" if parse and message.startswith("SyntaxError") else "throw"
        self.complete(completion, message, "", (int(parse[1]), int(parse[2])) if parse else self.place(frames))
        return True

    def place(self, stack: str) -> tuple[int, int]:
        """Line and column of the program's topmost frame; zeros where it has none."""
        frames = ((int(found[1]), int(found[2])) for found in STACK_FRAME.finditer(stack))
        return next((frame for frame in frames if frame[0] <= self.lines), (0, 0))

    def full(self) -> bool:
        """Whether the program's memory is nearly used up."""
        memory = self.context.memory()
        return bool(memory["malloc_size"] > 0.75 * memory["malloc_limit"])

    def complete(self, completion: str, error: str, reason: str, place: tuple[int, int] = (0, 0)) -> None:
        """The first thing that went wrong stands."""
        if self.answer["completion"] == "normal":
            self.answer.update(completion=completion, error=error[: 4 << 10], reason=reason, line=place[0], column=place[1])

    def gone(self) -> bool:
        """Whether the program has called `process.exit`."""
        return self.node is not None and bool(self.node("gone"))

    def tick(self) -> bool:
        """Run the callbacks of `process.nextTick`; whether there were any."""
        if self.node is None:
            return False
        self.context.set_time_limit(self.left())
        ticked = bool(self.node("ticks"))
        self.happened += ticked
        return ticked

    def all_jobs(self) -> None:
        """Run jobs until there are none, and before and after them what has to come before all jobs."""
        self.tick()
        self.pending_jobs()
        while self.tick():
            self.pending_jobs()

    def pending_jobs(self) -> None:
        """Run jobs until there are none; ``happened`` counts them."""
        self.context.set_time_limit(self.left())
        more = True
        while more:
            self.jobs -= 1
            if self.jobs < 0:
                raise Stop("timeout", f"{self.limits['jobs']:,} jobs had run and there were more")
            if not self.jobs % 64:
                self.context.set_time_limit(self.left())
            self.happened += 1  # also where the job throws
            self.recorder("ran")
            try:
                more = self.context.execute_pending_job()
            except Exception:
                self.recorder("threw")
                raise
            if self.gone():
                raise Stop("normal", "")
        self.happened -= 1
        if self.rejections is not None and (number := self.rejections.first()) >= 0:
            self.rejected(number)

    def rejected(self, *number: int) -> None:
        """A promise was rejected and nobody handled it. ``number`` is of those that the engine told of."""
        text = str(self.host("rejection", *number)) or ("(it could not be looked at)" if number else "")
        if text:
            self.complete("rejection", text, "", self.place(str(self.host("rejection-stack", *number))))

    def end(self) -> None:
        """Nothing is left to do: tell the program, which may find more, and end it."""
        for _ in range(IDLE_TURNS):
            happened = self.happened
            if self.gone() or not (self.guard(self.idle) and self.happened == happened + 1):
                break
            self.settle()
            if self.happened == happened + 1:  # but for the telling, nothing
                break
        if not self.gone():
            self.guard(lambda: (self.context.set_time_limit(self.left()), self.node("end")))
            self.context.gc()

    def idle(self) -> None:
        """Tell the program that nothing is left to do; where somebody hears it, that has happened."""
        self.context.set_time_limit(self.left())
        self.happened += bool(self.node("idle"))

    def settle(self) -> None:
        """Jobs, timers and collections until nothing changes any more."""
        still = 0
        while still < 2:
            happened = self.happened
            if not self.guard(self.round):
                return
            if self.happened != happened:
                still = 0
                continue
            self.context.gc()
            still += 1
            if still == 2 and self.recorder("collected"):
                still = 0

    def round(self) -> None:
        """All jobs, and the next timer."""
        self.all_jobs()
        if self.host is not None and self.turn():
            self.happened += 1
        self.left()

    def turn(self) -> bool:
        """Run the next virtual timer, if one is due; it counts as a job."""
        self.jobs -= 1
        if self.jobs < 0:
            raise Stop("timeout", f"{self.limits['jobs']:,} jobs and timers had run and there were more")
        self.context.set_time_limit(self.left())
        return bool(self.host("turn"))

    def report(self, what: str) -> str:
        """A table of the recorder's."""
        self.context.set_time_limit(REPORTING)
        text: str = self.recorder(what)
        return text

    def give_room(self) -> None:
        """Memory for the report, however much the program has used up."""
        self.context.set_memory_limit(int(self.limits["memory"]) + ROOM + (16 << 20))


def listen(context: Any, host: Any) -> Any:
    """What hears of rejections, where that can be had."""
    from . import rejections

    return rejections.Rejections(context, host("note")) if rejections.known() else None


def run(context: Any, asked: dict[str, Any], harness: str, host: str, node: str) -> dict[str, Any]:
    """Carry out one request; the tables of the answer are text, as the recorder wrote them."""
    state = Run(context, asked, harness, host, node)
    try:
        return carry_out(state)
    finally:
        if state.rejections is not None:
            state.rejections.close()


def carry_out(state: Run) -> dict[str, Any]:
    """The steps of a run."""
    context, asked = state.context, state.asked
    answer = state.answer
    going = state.guard(lambda: state.evaluate(asked["source"]))
    if not going:
        state.give_room()
    answer["script_threw"] = answer["completion"] in ("throw", "out-of-memory")
    answer["at_end"] = state.report("registrations")
    if going and answer["completion"] in ("normal", "throw"):
        samples = answer["samples"] = []
        if asked["call"] and state.host is not None:
            state.host("count")
        for turn in range(asked["repeat"] if asked["call"] else 0):
            if not state.guard(lambda: state.evaluate(state.behind + asked["call"])):
                break
            state.settle()
            allocated = "" if state.host is None else str(state.host("allocations"))
            # All that is allocated: `memory_used_size` leaves out the entries of Maps and Sets.
            samples.append([turn + 1, context.memory()["malloc_size"], state.report("registrations"), allocated])
        if asked["drive"]:
            drive = state.behind + "(async function ($) {" + asked["drive"] + "\n})"
            state.guard(lambda: state.recorder("drive", state.evaluate(drive)))
        if asked["settle"]:
            state.settle()
            if state.node is not None:
                state.end()
            state.give_room()
            answer["settled"] = state.report("registrations")
    if state.host is not None and not state.gone():
        state.rejected()
    if asked["drive"]:
        how = str(state.report("state"))
        if how != "done":
            answer["reason"] = answer["reason"] or "the experiment's own program did not end: " + how
        answer["observed"] = state.report("observed")
    answer["weakrefs"] = state.report("weakrefs")
    answer["defects"] = state.report("defects")
    if state.node is not None:
        answer["stand_ins"] = str(state.node("used"))
        answer["exited"] = state.gone() and answer["completion"] == "normal"
    answer["hears_rejections"] = state.rejections is not None
    if state.host is not None:
        output = str(state.host("output"))
        answer["output"] = output[: state.room]
        if len(output) > state.room:
            answer["reason"] = answer["reason"] or f"it printed more than {state.room >> 10} KB; the rest was dropped"
    return answer
