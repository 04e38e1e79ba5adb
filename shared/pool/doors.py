"""Shuts the doors of a process for good: no socket, no other program, no look into other processes.

Rule: the kernel refuses (seccomp), so native code that was taken over is refused as well; a process whose doors cannot
be shut does not compute. Files stay readable: a child reads what its user may read.
"""

import ctypes
import platform
import struct

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_FILTER = 2

_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050001
_NUMBER, _ARCHITECTURE = 0, 4
_FOREIGN_NUMBERS = 0x40000000

# socket, connect, execve, execveat, ptrace, process_vm_readv, process_vm_writev, kill, pidfd_send_signal,
# io_uring_setup
_MACHINES = {
    "x86_64": (0xC000003E, (41, 42, 59, 322, 101, 310, 311, 62, 424, 425)),
    "aarch64": (0xC00000B7, (198, 203, 221, 281, 117, 270, 271, 129, 424, 425)),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def shut() -> None:
    """Errors: OSError when the kernel does not do it; KeyError on a machine of another kind."""
    steps = _steps(*_MACHINES[platform.machine()])
    program = _Program(len(steps), b"".join(steps))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(program)):
        raise OSError(ctypes.get_errno(), "the doors of this process cannot be shut")


def _steps(architecture: int, refused: tuple[int, ...]) -> list[bytes]:
    checks = [(_AT_LEAST, _FOREIGN_NUMBERS), *((_EQUAL, number) for number in refused)]
    jumps = [_step(how, value, len(checks) - place) for place, (how, value) in enumerate(checks)]
    return [
        _step(_LOAD, _ARCHITECTURE),
        _step(_EQUAL, architecture, 0, len(checks) + 2),
        _step(_LOAD, _NUMBER),
        *jumps,
        _step(_RETURN, _ALLOW),
        _step(_RETURN, _REFUSE),
    ]


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
