"""The process of one computation: limits first, then the doors are shut, then it reads, computes and tells.

Rule: what it computes is the last thing it does; it writes nothing but its result, leaves no core behind, and does not
outlive who began it.
"""

import ctypes
import os
import resource
import signal
import sys
from importlib import import_module

from shared.errors import Refusal
from shared.pool.doors import shut

DONE = 0
REFUSED = 7
OUT_OF_MEMORY = 8

_PR_SET_PDEATHSIG = 1


def main(name: str, parent: int, seconds: int, memory: int) -> int:
    """Returns one of the exit codes above; what the function gave, or the word why not, goes to standard output."""
    _die_with(parent)
    out = os.dup(sys.stdout.fileno())
    # What a library prints is not the result.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    _limit(seconds, memory)
    try:
        module, _, function = name.partition(":")
        compute = getattr(import_module(module), function)
        shut()
        code, told = DONE, compute(sys.stdin.buffer.read())
    except MemoryError:
        code, told = OUT_OF_MEMORY, b""
    except Refusal as refusal:
        code, told = REFUSED, refusal.code.encode()
    except BaseException as error:
        code, told = REFUSED, type(error).__name__.encode()
    with os.fdopen(out, "wb") as result:
        result.write(told)
    return code


def _die_with(parent: int) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(REFUSED)


def _limit(seconds: int, memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


if __name__ == "__main__":
    # Without the interpreter's own farewell: a library's threads must not hold it up.
    os._exit(main(sys.argv[1], *map(int, sys.argv[2:5])))
