"""A thread and its letters.

Rule: an answer goes to an open thread only, by somebody who has seen its last letter; and a thread does not end by
itself while somebody waits for an answer. What became of a correction is told whatever else they wrote, and answers
nothing else of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from services.intake.front_door.model import letters
from services.intake.front_door.model.letters import TEXT, Ask, Letter
from services.intake.people.model.safe_contact import Channel, SafeContact
from services.intake.requests.model.asking import AskedBy, Telling, ThirdParty, Urgency
from shared.errors import conflict

Kind = Literal[letters.Kind, letters.Reply]
State = Literal["none", "open", "over"]

KEPT = timedelta(days=365)
"""How long after its last letter a thread ends."""

REPLIES = frozenset(get_args(letters.Reply))

MOST_LETTERS = 100
"""What one act sends at most."""

LINE = 1000
"""Characters of a line of a copy."""

AGAIN = timedelta(days=30)
"""When a thread is looked at again that would have ended while somebody waits."""

CHANNELS: Mapping[str, Channel] = {
    "here": "receipt",
    "signal": "signal",
    "whatsapp": "whatsapp",
    "telegram": "telegram",
    "mail": "email",
    "phone": "phone",
    "other": "messenger",
}
"""What the form calls a channel, and what a safe-contact profile does."""


@dataclass(frozen=True)
class Thread:
    """The thread of a request. case_id: what the request became, if it did. waiting: the last word is theirs. unread:
    letters that nobody has marked as read.

    A request that came another way has none: state `none`, version 0.
    """

    id: str
    request_id: str
    case_id: str | None
    state: State
    waiting: bool
    unread: int
    version: int


@dataclass(frozen=True)
class Written:
    """A letter of a thread. kind: those of `REPLIES` are ours, every other theirs.

    file: the id of a file that came with it.
    """

    id: str
    request_id: str
    kind: Kind
    language: str
    text: str
    at: datetime
    read: bool
    file: str | None


def nothing(request_id: str) -> Thread:
    return Thread(request_id, request_id, None, "none", False, 0, 0)


def check_open(thread: Thread) -> None:
    """Errors: Refusal conflict `no_thread`, `thread_over`."""
    if thread.state == "none":
        raise conflict("no_thread", "Who asked did not come through the front door.")
    if thread.state == "over":
        raise conflict("thread_over", "This thread is over; nobody would read an answer.")


def check_all_read(unread: int) -> None:
    """unread: letters that came after the request. Errors: Refusal conflict `letters_unread`."""
    if unread:
        raise conflict("letters_unread", "They wrote again since: read their letters first.")


def is_unanswered(written: Sequence[Written]) -> bool:
    """Whether they wrote something, since we last answered, that no decision on a correction answers.

    written: all letters, the oldest first.
    """
    answers = [place for place, letter in enumerate(written) if letter.kind in ("answer", "copy_given")]
    since = [letter.kind for letter in written[answers[-1] + 1 if answers else 0 :]]
    decided = sum(kind in REPLIES for kind in since)
    others = [kind for kind in since if kind not in REPLIES and kind != "correction"]
    return bool(others) or since.count("correction") > decided


def over_at(now: datetime) -> datetime:
    return now + KEPT


def came_at(letter: Letter, now: datetime) -> datetime:
    """When it was written, as far as domain time has come: the front door has the real time only."""
    return min(letter.at, now)


def check_copy(thread: Thread, asked_by: AskedBy, case_id: str) -> None:
    """Errors: Refusal conflict when the thread is not the person's own, or the person is of another case."""
    if asked_by != "self":
        raise conflict(
            "asked_for_another", "Whoever reads this thread asked for somebody else: give the copy otherwise."
        )
    if thread.case_id != case_id:
        raise conflict("of_another_case", "This person is not of the case that the request became.")


def in_letters(copy: Mapping[str, Any]) -> list[str]:
    """A person's own copy as letters that each fit, line by line. Errors: Refusal conflict `copy_too_long`."""
    letters, lines = [""], "\n".join(_lines(copy, "")).split("\n")
    for line in (whole[at : at + LINE] for whole in lines for at in range(0, max(len(whole), 1), LINE)):
        longer = f"{letters[-1]}\n{line}" if letters[-1] else line
        if len(longer.encode()) > TEXT:
            letters.append(line)
        else:
            letters[-1] = longer
    if len(letters) > MOST_LETTERS:
        raise conflict("copy_too_long", "This copy is too long for letters: give it otherwise.")
    return letters


def _lines(value: Any, name: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _lines(inner, f"{name} / {key}" if name else str(key))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _lines(inner, name)
    elif value not in (None, ""):
        yield f"{name}: {value}"


def telling_of(letter: Letter) -> tuple[AskedBy, Urgency, Telling]:
    """Who asks, how urgent they say it is, and what was told. Who asks for somebody else is named apart.

    Hours and country are in their own words, behind the story: what was not agreed as hours is not safe.
    """
    ask = letter.ask or Ask()
    behind = [f"{name}: {said}" for name, said in (("country", ask.country), ("hours", ask.contact.hours)) if said]
    story = "\n".join([letter.text, *behind])
    urgency: Urgency = "emergency" if ask.in_danger else "normal"
    safe = safe_contact(ask, letter.language)
    if ask.for_whom == "self":
        return "self", urgency, Telling(ask.name, ask.contact.handle, "", story, None, safe)
    asker = ThirdParty(ask.name, ask.contact.handle, "unknown", contact_person=False, safe_contact=safe)
    return "relative", urgency, Telling("", "", "", story, asker)


def safe_contact(ask: Ask, language: str) -> SafeContact:
    """As the form says it."""
    said = ask.contact
    ticks = {"never_call": said.never_call, "somebody_else_reads": said.read_by_others}
    return SafeContact(CHANNELS[said.channel], said.handle, (), "UTC", language, said.cover, **ticks)
