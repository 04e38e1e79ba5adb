"""Who reads which request: by the languages of those on duty.

Rule: a request is offered to whoever on duty reads its language; when nobody does, somebody is called.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


class Asked(Protocol):
    """An open request, as far as routing knows it."""

    @property
    def id(self) -> str: ...
    @property
    def language(self) -> str: ...


@dataclass(frozen=True)
class Alarm:
    """Nobody on duty reads a language in which somebody waits; request_id: who has waited longest."""

    id: str
    request_id: str
    language: str


def unread(waiting: Iterable[Asked], read: Collection[str]) -> Mapping[str, str]:
    """The languages that nobody on duty reads, each with the first of `waiting`, which is in order."""
    found: dict[str, str] = {}
    for request in waiting:
        if request.language not in read:
            found.setdefault(request.language, request.id)
    return found


def silenced(alarms: Sequence[Alarm], still: Mapping[str, str]) -> list[Alarm]:
    """Alarms whose language is read now, or in which nobody waits any more."""
    return [alarm for alarm in alarms if alarm.language not in still]
