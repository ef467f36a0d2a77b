"""What quickjs-ng 0.6.0 and 0.6.1 leave behind when a program ends: the law, and what it predicts of a trace.

Sources: https://github.com/quickjs-ng/quickjs/issues/648 and its fix, pull request 656 (released in 0.7.0), which says what commit
61c8fe6f had brought: the cleanup callback moved into the job queue, and enqueuing the job "fumbled the reference count" of the held
value, since JS_EnqueueJob already counts for itself. The surplus count is given back only when the job runs. Hence:

1. A target that is freed *while the program runs* puts a job with its callback and held value into the queue. Freed means: its
   reference count falls to zero, or a collection of cycles takes it. What is only freed by JS_FreeRuntime puts in nothing
   (`rt->in_free`): a target that is alive at the end, in a variable or in a cycle that no collection met, loses nothing.
2. A registration that no longer stands when its target is freed puts in nothing: it was unregistered, or its registry was freed
   before (the registry frees its entries). A registry freed, or an unregistration tried, *after* the target changes nothing, for
   the job is in the queue.
3. The queue is run after the script if the script did not throw. Where an exception leaves the script, qjs skips it: every such job
   is lost, and with it one count of its held value.
4. A lost count shows (`JS_FreeRuntime: Assertion list_empty(&rt->gc_obj_list)`) where the value is an object or a function, the
   kinds on that list. Strings, symbols and numbers are not on it. What the held value *is* does not matter: an object that is
   also held elsewhere, a WeakRef, the registry itself.
5. A rejection that nobody handles is no exception of the script: its jobs run. An exception thrown by a cleanup callback ends the
   loop over the queue; 0.6.0, 0.6.1 and 0.7.0 then abort as well (seen on the real binaries; the place in their source was not
   found, so what is said of a callback that throws is an observation, and is said of a held object only).
6. The exception itself is freed (printed) before the context is: a target that it alone held is freed while the program runs.

On today's engine the jobs that are in the queue when the script has ended are those callbacks that run when jobs are run at last;
so a trace that was allowed to settle tells exactly which registrations were in the queue, whatever became of their registry.

What this can't know: the old engine collects cycles when its heap passes a size, which today's engine passes elsewhere in the same
program; what is lost behind a callback that threw; and what a job of `queueMicrotask` that throws leaves in the queue, for the
trace has the state before all jobs and after them, and none in between.
"""

from __future__ import annotations

from .trace import Registration, Trace

#: The versions that the law holds for.
RANGE = "quickjs-ng >=0.6.0,<0.7.0"
#: Where a cleanup callback that throws makes the teardown abort as well.
THROWING_RANGE = "quickjs-ng >=0.6.0,<0.8.0"

_COUNTED = frozenset({"object", "function"})


def lost_held_values(trace: Trace) -> tuple[Registration, ...]:
    """The registrations, as they were at the script's end, whose held value quickjs-ng 0.6 would never free."""
    if not trace.script_threw:
        return ()
    later = {registration.id: registration for registration in trace.settled}
    return tuple(registration for registration in trace.at_end if _is_lost(registration, later.get(registration.id)))


def thrown_cleanups(trace: Trace) -> tuple[Registration, ...]:
    """The registrations whose cleanup callback threw out of the job queue with an object held."""
    if trace.script_threw or trace.completion in ("timeout", "crash", "syntax-error"):
        return ()
    return tuple(registration for registration in trace.settled if registration.threw and registration.held in _COUNTED)


def aborts(trace: Trace) -> bool:
    """Whether quickjs-ng 0.6.0 and 0.6.1 abort at the end of the program."""
    return bool(lost_held_values(trace) or thrown_cleanups(trace))


def _is_lost(registration: Registration, later: Registration | None) -> bool:
    if registration.held not in _COUNTED or registration.target != "collected" or registration.runs:
        return False
    if later is None:
        return registration.callback == "pending" and registration.registry_alive
    return later.runs > 0
