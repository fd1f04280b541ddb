"""The fence around a decoding process: what it cannot do even when a picture has taken it over.

Limits on memory, processor time and files hold on every Unix. On Linux a system call filter (seccomp) is
added, which needs no privilege and cannot be taken off again: no network, no other program, no signal or
look at another process, nothing written, renamed or removed. Reading stays allowed, which is why the process
gets no secrets and no way to tell anybody. Where the kernel or the processor is of another kind, the process
works without the filter and says so.
"""

import ctypes
import errno
import os
import platform
import resource
import signal
import struct
import sys
from typing import NamedTuple

_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 22, 38
_SECCOMP_MODE_FILTER = 2

# Classic BPF, as the kernel's seccomp_filter documentation has it.
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER_AT, _ARCH_AT, _ARGS_AT = 0, 4, 16
_INSTRUCTION = struct.Struct("=HBBI")

_CLONE_THREAD = 0x00010000
_ANY_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

# Refused whatever their arguments: (number on x86-64, number on arm64), None where there is no such call.
_REFUSED: dict[str, tuple[int | None, int | None]] = {
    # network
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202),
    "accept4": (288, 242),
    "sendto": (44, 206),
    "sendmsg": (46, 211),
    # other programs
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    # other processes
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    # files other than reading them
    "creat": (85, None),
    "truncate": (76, 45),
    "ftruncate": (77, 46),
    "rename": (82, None),
    "renameat": (264, 38),
    "renameat2": (316, 276),
    "link": (86, None),
    "linkat": (265, 37),
    "symlink": (88, None),
    "symlinkat": (266, 36),
    "unlink": (87, None),
    "unlinkat": (263, 35),
    "mkdir": (83, None),
    "mkdirat": (258, 34),
    "rmdir": (84, None),
    "mknod": (133, None),
    "mknodat": (259, 33),
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "utimes": (235, None),
    "utimensat": (280, 88),
    # the system itself, and ways around this filter
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "unshare": (272, 97),
    "setns": (308, 268),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "open_by_handle_at": (304, 265),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
}
_OPENAT2, _CLONE3 = 437, 435


class _Machine(NamedTuple):
    """A processor as seccomp names it, its column above, and the calls whose arguments are looked at."""

    architecture: int
    column: int
    openat: int
    clone: int
    prlimit: int
    open: int | None


_MACHINES = {
    "x86_64": _Machine(0xC000003E, 0, openat=257, clone=56, prlimit=302, open=2),
    "aarch64": _Machine(0xC00000B7, 1, openat=56, clone=220, prlimit=261, open=None),
}


def fence(memory_bytes: int) -> tuple[str, ...]:
    """Put up everything that this machine offers, for the rest of this process's life.

    Returns the names of what is in force: `limits`, and on Linux `parent` (ends with the bridge) and
    `syscalls`. All modules that will be needed must have been imported: no file can be written afterwards
    and no program started. Raises OSError if even the plain limits cannot be set.
    """
    in_force = ["limits"]
    _lower(resource.RLIMIT_AS, memory_bytes)
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_NOFILE, 64)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) == 0:
            in_force.append("parent")
        machine = _MACHINES.get(platform.machine())
        if machine is not None and _filter_calls(libc, machine):
            in_force.append("syscalls")
    return tuple(in_force)


def allow_cpu(seconds: int) -> None:
    """From now on this process may use so many seconds of processor time more; then SIGXCPU ends it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 1 + seconds, hard))


def _lower(what: int, limit: int) -> None:
    _, hard = resource.getrlimit(what)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(what, (limit, limit))


def _filter_calls(libc: ctypes.CDLL, machine: _Machine) -> bool:
    program = _program(machine)
    buffer = ctypes.create_string_buffer(program, len(program))
    described = struct.pack("@HxxxxxxP", len(program) // _INSTRUCTION.size, ctypes.addressof(buffer))
    return bool(
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
        and libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, described, 0, 0) == 0
    )


def _program(machine: _Machine) -> bytes:
    """The filter: each rule falls through to the next one unless it decides."""
    refuse, no_such_call = _REFUSE | errno.EPERM, _REFUSE | errno.ENOSYS
    rules = [
        (_LOAD, 0, 0, _ARCH_AT),
        (_EQUAL, 1, 0, machine.architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
        # The x32 calls of an x86-64 kernel are the same calls under other numbers.
        (_AT_LEAST, 0, 1, 0x40000000),
        (_RETURN, 0, 0, refuse),
    ]
    for numbers in _REFUSED.values():
        number = numbers[machine.column]
        if number is not None:
            rules += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, refuse)]
    # The C library falls back to openat and clone, whose arguments can be looked at.
    for number in (_OPENAT2, _CLONE3):
        rules += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, no_such_call)]
    rules += _when(machine.openat, 2, _ANY_BIT, _ANY_WRITING, if_so=refuse)
    if machine.open is not None:
        rules += _when(machine.open, 1, _ANY_BIT, _ANY_WRITING, if_so=refuse)
    # Threads, but no processes; limits of this process, but of no other.
    rules += _when(machine.clone, 0, _ANY_BIT, _CLONE_THREAD, if_not=refuse)
    rules += _when(machine.prlimit, 0, _EQUAL, 0, if_not=refuse)
    rules.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(_INSTRUCTION.pack(*rule) for rule in rules)


def _when(
    number: int, argument: int, test: int, value: int, *, if_so: int = _ALLOW, if_not: int = _ALLOW
) -> list[tuple[int, int, int, int]]:
    """Decide call `number` by the low half of one of its arguments (little-endian machines only)."""
    return [
        (_EQUAL, 0, 4, number),
        (_LOAD, 0, 0, _ARGS_AT + 8 * argument),
        (test, 0, 1, value),
        (_RETURN, 0, 0, if_so),
        (_RETURN, 0, 0, if_not),
    ]
