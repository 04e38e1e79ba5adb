"""One walk along a chain: what does not hold, told in one line for each thing that somebody did.

Rule: pure. Each link is checked against the one before it as it stands, so that one change is one finding; what the
chain alone cannot show (a tail cut off, everything made anew) the heads that others heard do.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from shared.audit.chain import first_hash, next_hash

MOST = 100
"""Breaks that are looked into; with more the log is not worth reading in detail."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A head that `holder` heard of a log."""

    holder: str
    chain_id: str
    number: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class _Break:
    """A link that does not follow from the one before it."""

    number: int
    before: bytes
    hash: bytes
    row: Any


class Walk:
    """Takes the links of one log in order of their numbers, each with its row, then says what it found."""

    def __init__(self, chain_id: str, witnesses: Sequence[Witness]) -> None:
        self._chain_id = chain_id
        self._witnesses = sorted(witnesses, key=lambda witness: witness.number)
        self._before: bytes | None = first_hash(chain_id)
        self._wanted = {witness.hash for witness in witnesses}
        self._found: dict[bytes, int] = {}
        self._gaps: list[tuple[int, int]] = []
        self._rowless: list[int] = []
        self._breaks: list[_Break] = []
        self.last = 0

    def take(self, links: Iterable[Any]) -> None:
        """links: rows of LINKS joined with AUDIT, whose columns are None where the row is gone."""
        for link in links:
            if link.number != self.last + 1:
                self._gaps.append((self.last + 1, link.number - 1))
                self._before = None
            self._check(link)
            self.last, self._before = link.number, bytes(link.hash)
            if self._before in self._wanted:
                self._found[self._before] = link.number

    def _check(self, link: Any) -> None:
        if link.verb is None:
            self._rowless.append(link.number)
        elif self._before is not None and next_hash(self._before, link) != link.hash:
            self._breaks.append(_Break(link.number, self._before, bytes(link.hash), link))

    def findings(self) -> list[str]:
        """What somebody did to the log, a line for each; empty when it is whole."""
        shift = self._shift()
        return [
            *(f"{_links(*gap)} gone, with what they showed" for gap in self._gaps),
            *(f"{_links(*run)} without a row: what they showed was removed" for run in _runs(self._rowless)),
            *(self._broken() if shift is None else [shift]),
            *self._against_witnesses(),
        ]

    def _broken(self) -> Iterator[str]:
        if len(self._breaks) > MOST:
            yield f"{len(self._breaks)} links from {self._breaks[0].number} on do not follow from those before them"
            return
        moved = [one.number for one in self._breaks if self._is_moved(one)]
        for run in _runs(moved):
            yield f"{_links(*run)} in another order than they were written"
        seen = max(self._found.values(), default=0)
        for one in self._breaks:
            if one.number in moved:
                continue
            if one.number <= seen:
                yield f"link {one.number}: its row is not the one that was written"
            else:
                yield f"link {one.number}: its row was changed, or rows before it were removed or put in"

    def _is_moved(self, one: _Break) -> bool:
        """Whether its row stands at another broken link, or follows from another link near it."""
        swapped = any(next_hash(one.before, other.row) == one.hash for other in self._breaks)
        near = {hash_ for other in self._breaks for hash_ in (other.before, other.hash)}
        return swapped or any(next_hash(hash_, one.row) == one.hash for hash_ in near)

    def _shift(self) -> str | None:
        """Rows were removed, or put in, and the later links numbered anew: a head stands at another number."""
        for witness in self._witnesses:
            number = self._found.get(witness.hash, witness.number)
            if number != witness.number and self._breaks:
                what = "removed" if number < witness.number else "put in"
                return f"link {self._breaks[0].number}: before it {abs(witness.number - number)} rows were {what}"
        return None

    def _against_witnesses(self) -> Iterator[str]:
        others = sorted({one.holder for one in self._witnesses if one.chain_id != self._chain_id})
        if others:
            yield f"this is another log than {_and(others)} heard of: it was replaced as a whole"
        own = [one for one in self._witnesses if one.chain_id == self._chain_id]
        missing = [one for one in own if one.hash not in self._found]
        rewritten = [one for one in missing if one.number <= self.last]
        cut = [one for one in missing if one.number > self.last]
        if rewritten:
            holders = _and(sorted({one.holder for one in rewritten}))
            held = max((one.number for one in own if one.hash in self._found), default=0)
            yield f"link {rewritten[0].number} is not the one that {holders} heard of: rewritten after link {held}"
        elif cut:
            holders = _and(sorted({one.holder for one in cut if one.number == cut[-1].number}))
            yield f"the log ends at link {self.last}, but {holders} heard of link {cut[-1].number}: its end was cut off"


def _links(first: int, last: int) -> str:
    return f"link {first} is" if first == last else f"links {first} to {last} are"


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Numbers in order, as pairs of first and last of each unbroken run."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def _and(names: Sequence[str]) -> str:
    return " and ".join(names)
