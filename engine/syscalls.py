"""What a worker may ask of the system: no connection, no other process, no signal to one. Linux on x86-64 and AArch64 only.

Engines offer programs none of this, and node's permission model leaves the network open to a program that gets out of its realm. So
the kernel refuses it: seccomp, which needs no privilege. See https://docs.kernel.org/userspace-api/seccomp_filter.html.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Callable
from typing import NamedTuple

PR_SET_SECCOMP, SECCOMP_MODE_FILTER, PR_SET_NO_NEW_PRIVS = 22, 2, 38
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, REFUSE, UNKNOWN = 0x7FFF0000, 0x00050001, 0x00050026  # the last two: EPERM; ENOSYS
CLONE_THREAD = 0x10000
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
FOREIGN = 0x40000000  # the x32 calls of x86-64 begin here

Call = Callable[..., int]


class Numbers(NamedTuple):
    """An architecture as the kernel names it, and its numbers of system calls. ``signals`` name their receiver first."""

    audit: int
    refused: tuple[int, ...]
    signals: tuple[int, ...]
    clone: int


# In this order: socket, connect, ptrace, process_vm_writev, tkill, rt_sigqueueinfo, rt_tgsigqueueinfo, pidfd_send_signal,
# io_uring_setup, bpf, and on x86-64 fork and vfork. Then kill and tgkill.
NUMBERS = {
    "x86_64": Numbers(0xC000003E, (41, 42, 101, 311, 200, 129, 297, 424, 425, 321, 57, 58), (62, 234), 56),
    "aarch64": Numbers(0xC00000B7, (198, 203, 117, 271, 130, 138, 240, 424, 425, 280), (129, 131), 220),
}
CLONE3 = 435  # its flags are in memory, where a filter can't look: libraries that are told it isn't there use clone


def refuse_others(prctl: Call) -> bool:
    """Lock this process and what it becomes in; ``prctl`` is called with integers and bytes. Whether the system does it."""
    numbers = NUMBERS.get(os.uname().machine)
    if numbers is None or not sys.maxsize > 1 << 32 or prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    # array gives an address without ctypes, which takes 10 ms to import.
    from array import array

    program = array("Q", (int.from_bytes(line, "little") for line in program_of(numbers, os.getpid())))
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, struct.pack("<HxxxxxxQ", len(program), program.buffer_info()[0]), 0, 0) == 0


def program_of(numbers: Numbers, process: int) -> list[bytes]:
    """The filter as the instructions of the kernel's BPF, 8 bytes each. Signals to ``process`` itself are let through."""
    refused = [(number, REFUSE) for number in numbers.refused] + [(CLONE3, UNKNOWN)]
    lines = [
        line(LOAD, ARCHITECTURE),
        line(EQUAL, numbers.audit, 1, 0),
        line(RETURN, REFUSE),
        line(LOAD, NUMBER),
        line(AT_LEAST, FOREIGN, 0, 1),
        line(RETURN, REFUSE),
    ]
    for number, answer in refused:
        lines += [line(EQUAL, number, 0, 1), line(RETURN, answer)]
    for number in numbers.signals:
        lines += [line(EQUAL, number, 0, 4), line(LOAD, FIRST_ARGUMENT), line(EQUAL, process, 0, 1), line(RETURN, ALLOW)]
        lines.append(line(RETURN, REFUSE))
    lines += [line(EQUAL, numbers.clone, 0, 3), line(LOAD, FIRST_ARGUMENT), line(ANY_BIT, CLONE_THREAD, 1, 0), line(RETURN, REFUSE)]
    return [*lines, line(RETURN, ALLOW)]


def line(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
    """One instruction; ``then`` and ``otherwise`` are how many to skip."""
    return struct.pack("<HBBI", code, then, otherwise, value)
