"""Services hear how far each other's logs have come, and nothing follows from it but that they know."""

from sqlalchemy import select

from shared.audit import AUDIT, CHAIN, LINKS, WITNESSES
from shared.contracts.audit import AuditHead
from shared.contracts.fields import Sealed
from shared.contracts.notify import AuditHeadReached
from shared.contracts.settlement import AuditHeadReached as SettlementsHead
from shared.linker import Linker
from tests.audit.test_search import note
from tests.support.room import NOON, Room, staff


def linker(room: Room, every_s: float) -> Linker:
    return Linker(room.database, room.tools, room.blueprint.topology, every_s)


async def test_a_head_is_told_when_it_moved_and_not_more_often(room: Room) -> None:
    """The first at once, the next after the pause; none when nothing was done, and telling is nothing done."""
    for number in range(3):
        await note(room, staff(), f"look_{number}")
    patient, hasty = linker(room, 60), linker(room, 0)
    await patient.link()
    await note(room, staff(), "look_3")
    done = await patient.link()
    assert done.linked == 1
    assert 0 < done.again_s <= 5
    (first,) = await room.told(AuditHeadReached)
    for _ in range(3):
        await hasty.link()
    first, second = await room.told(AuditHeadReached)
    ((chain_id,),) = [tuple(row.values()) for row in await room.rows(select(CHAIN.c.id))]
    hashes = [row["hash"].hex() for row in await room.rows(select(LINKS.c.hash).order_by(LINKS.c.number))]
    for told, number in ((first, 3), (second, 4)):
        assert (told.chain_id, told.at) == (chain_id, NOON)
        said = room.opened("intake", told, told.head)
        assert (said.number, said.hash) == (number, hashes[number - 1])
    assert len(await room.rows(select(AUDIT.c.seq))) == 4


async def test_a_linker_that_ends_tells_its_head(room: Room) -> None:
    """What was done since the last head is told before the service is gone."""
    await note(room, staff(), "look")
    patient = linker(room, 60)
    await patient.link()
    await note(room, staff(), "look")
    patient.stop()
    await patient.run()
    told = await room.told(AuditHeadReached)
    assert [room.opened("intake", one, one.head).number for one in told] == [1, 2]


async def test_what_was_heard_is_kept_once_and_moves_nothing(room: Room) -> None:
    """A head of settlement goes through the inbox, twice; no row of notify's own log is written for it."""
    head = Sealed.of("1" * 32, AuditHead(number=7, hash="c" * 64))
    assert await room.tell(SettlementsHead(chain_id="1" * 32, at=NOON, head=head)) is None
    await room.tell_again()
    assert await room.rows(select(WITNESSES)) == [
        {
            "publisher": "settlement",
            "chain_id": "1" * 32,
            "number": 7,
            "hash": bytes.fromhex("c" * 64),
            "heard_at": NOON,
        }
    ]
    assert (await linker(room, 0).link()).linked == 0
    assert await room.told() == []
    assert await room.rows(select(AUDIT)) == []


async def test_two_heads_at_one_number_are_both_kept(room: Room) -> None:
    """Whoever tells two stories is remembered with both."""
    for digit in "ab":
        head = Sealed.of("1" * 32, AuditHead(number=7, hash=digit * 64))
        await room.tell(SettlementsHead(chain_id="1" * 32, at=NOON, head=head))
    kept = await room.rows(select(WITNESSES.c.hash).order_by(WITNESSES.c.hash))
    assert [row["hash"].hex() for row in kept] == ["a" * 64, "b" * 64]
