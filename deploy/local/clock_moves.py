"""Moving the clock, as both ends understand it: what a move may be, and the operator's call to make one.

Rule: a move is told in seconds or as an instant with its offset, and only ever goes forward.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path

from deploy.bus import operating
from shared.contracts.topology import CLOCK_ADVANCE, CLOCK_NOW
from shared.errors import invalid

REFUSED = "Lodestar-Refused"
ANSWER_SECONDS = 5.0


def target(at: datetime, move: str) -> datetime:
    """Where a clock that stands at `at` is moved by seconds ("86400", "0.5") or to an instant; raises ValueError."""
    to = _by_seconds(at, move)
    if to is None:
        to = _to_instant(move)
    if to < at:
        raise ValueError("the clock never goes back")
    return to


def _by_seconds(at: datetime, move: str) -> datetime | None:
    try:
        return at + timedelta(seconds=float(Decimal(move.strip())))
    except InvalidOperation:
        return None
    except (OverflowError, ValueError) as beyond:
        raise ValueError("that is beyond the calendar") from beyond


def _to_instant(move: str) -> datetime:
    try:
        to = datetime.fromisoformat(move.strip())
        if to.tzinfo is not None:
            return to.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ValueError("a move is a number of seconds, or an instant with its offset, such as 2031-03-01T08:00:00Z")


async def advance_clock(url: str, seed_path: Path, move: str) -> datetime:
    """Move the clock, as operator; where it stands then. Raises Refusal, unavailable when no clock runs."""
    return await _ask(url, seed_path, CLOCK_ADVANCE, move)


async def read_clock(url: str, seed_path: Path) -> datetime:
    """Where the clock stands. Raises Refusal, unavailable when no clock runs."""
    return await _ask(url, seed_path, CLOCK_NOW, "")


async def _ask(url: str, seed_path: Path, subject: str, text: str) -> datetime:
    async with operating(url, seed_path) as client:
        answer = await client.request(subject, text.encode(), timeout=ANSWER_SECONDS)
    refused = (answer.headers or {}).get(REFUSED)
    if refused is not None:
        raise invalid("clock_move", refused)
    return datetime.fromisoformat(answer.data.decode())
