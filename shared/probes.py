"""Named points of the machinery at which a crash would hurt most.

Rule: in production nothing is armed and `reach` does nothing. Crash tests arm a point before the service starts and
kill the process or the broker there.
"""

from collections.abc import Callable

_armed: dict[str, Callable[[], None]] = {}


def arm(point: str, act: Callable[[], None]) -> None:
    """From now on `act` runs whenever `point` is reached."""
    _armed[point] = act


def reach(point: str) -> None:
    """The machinery is at `point`."""
    act = _armed.get(point)
    if act is not None:
        act()
