"""Random sequences of proposals, signatures, times and uses against a small model written by hand."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.access import Actor, approval_of, consume, decide, expire, propose, replace_open
from shared.clock import new_id
from shared.database import FOUNDATION, Database, Transaction
from shared.database.sqlite import sqlite_engine
from shared.errors import Refusal
from tests.shared.access.conftest import TABLES

START = datetime(2017, 4, 3, 9, tzinfo=UTC)
OPEN_FOR = 10
"""Minutes."""

PEOPLE = tuple(Actor(letter * 32, "staff") for letter in "abcd")
SUBJECT = "5" * 32
CONTENT = (b"what was proposed", b"something else")

signatures = st.tuples(st.just("sign"), st.integers(0, 3), st.booleans(), st.sampled_from([0, 0, 0, 1]))
uses = st.tuples(st.just("use"), st.sampled_from([0, 0, 1]))
steps = st.one_of(
    signatures,
    signatures,
    uses,
    st.tuples(st.just("wait"), st.integers(1, 6)),
    st.just(("fire",)),
    st.just(("replace",)),
)


@dataclass
class Model:
    """What must be true of one approval, told in the words of the rule and in no other."""

    needed: int
    minute: int = 0
    state: str = "open"
    used: bool = False
    agreed: set[int] = field(default_factory=set)

    def sign(self, who: int, approve: bool, content: int) -> str:
        refusals = {
            "same_person": who == 0,
            "already_decided": self.state in {"approved", "rejected", "replaced"},
            "already_signed": who in self.agreed,
            "content_changed": content == 1,
            "approval_expired": self.state == "expired" or self.minute >= OPEN_FOR,
        }
        for code, applies in refusals.items():
            if applies:
                return code
        self.agreed.update({who} if approve else ())
        if not approve:
            self.state = "rejected"
        elif len(self.agreed) == self.needed:
            self.state = "approved"
        return self.state

    def use(self, content: int) -> str:
        if self.state != "approved":
            return "not_approved"
        if self.used:
            return "already_used"
        if content == 1:
            return "content_changed"
        if self.minute >= OPEN_FOR:
            return "approval_expired"
        self.used = True
        return "used"

    def fire(self) -> str:
        if self.state == "open" and self.minute >= OPEN_FOR:
            self.state = "expired"
            return "expired"
        return "nothing"

    def replace(self) -> str:
        if self.state == "open":
            self.state = "replaced"
            return "replaced"
        return "nothing"


@given(st.integers(1, 3), st.lists(steps, max_size=14))
@settings(max_examples=120, deadline=None)
def test_whatever_happens_in_whatever_order_is_as_the_rule_says(needed: int, story: list[tuple[object, ...]]) -> None:
    """Every answer, the state, and whether it was used are those of the model, after each step."""
    with TemporaryDirectory() as folder:
        asyncio.run(_tell(Path(folder), needed, story))


async def _tell(folder: Path, needed: int, story: list[tuple[object, ...]]) -> None:
    url = f"sqlite:///{folder}/approvals.db"
    engine = sqlite_engine(url)
    FOUNDATION.create_all(engine, tables=TABLES)
    engine.dispose()
    database, model = Database(url), Model(needed)
    await database.open()
    try:
        approval_id = await database.transact(lambda tx: _propose(tx, needed))
        for step in story:
            said, expected = await _step(database, approval_id, model, step)
            kept = await database.transact(lambda tx: approval_of(tx, approval_id))
            assert (said, kept.state, kept.used_at is not None) == (expected, model.state, model.used), step
    finally:
        await database.close()


async def _propose(tx: Transaction, needed: int) -> str:
    until = START + timedelta(minutes=OPEN_FOR)
    what = {"kind": "erasure", "subject_id": SUBJECT, "content": CONTENT[0], "by": PEOPLE[0]}
    return await propose(tx, **what, at=START, expires_at=until, needed=needed, new_id=new_id)  # type: ignore[arg-type]


async def _step(database: Database, approval_id: str, model: Model, step: tuple[object, ...]) -> tuple[str, str]:
    """What was said, and what the model says should have been."""
    now = START + timedelta(minutes=model.minute)

    async def act(tx: Transaction) -> str:
        match step:
            case ("sign", int(who), bool(approve), int(content)):
                return await decide(tx, approval_id, content=CONTENT[content], by=PEOPLE[who], approve=approve, at=now)
            case ("use", int(content)):
                await consume(tx, approval_id, kind="erasure", subject_id=SUBJECT, content=CONTENT[content], at=now)
                return "used"
            case ("fire",):
                return "nothing" if await expire(tx, approval_id, now) is None else "expired"
            case _:
                return "replaced" if await replace_open(tx, "erasure", SUBJECT, now) else "nothing"

    match step:
        case ("wait", int(minutes)):
            model.minute += minutes
            return "", ""
        case ("sign", int(who), bool(approve), int(content)):
            expected = model.sign(who, approve, content)
        case ("use", int(content)):
            expected = model.use(content)
        case ("fire",):
            expected = model.fire()
        case _:
            expected = model.replace()
    try:
        return await database.transact(act), expected
    except Refusal as refusal:
        return refusal.code, expected
