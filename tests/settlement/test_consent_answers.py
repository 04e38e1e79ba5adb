"""What settlement answers once it has acted on a changed consent."""

from datetime import UTC, date, datetime

from shared.contracts.fields import Sealed
from shared.contracts.heeding import Heeded
from shared.contracts.intake import ConsentChanged, ConsentTerms
from shared.contracts.settlement import ConsentAcknowledged
from tests.settlement.stories import accept, found_programme, officer, open_case, quota, submit, tell_consent
from tests.support.room import Room

NOTHING = Heeded()


async def answers(room: Room) -> list[Heeded]:
    return [room.opened("intake", told, told.stands) for told in await room.told(ConsentAcknowledged)]


async def test_settlement_says_what_it_withdrew_and_what_was_decided(room: Room) -> None:
    """One submission of two is decided: it stands. Told again, nothing is answered twice."""
    me = officer()
    group = await open_case(room, me)
    decided, pending = await found_programme(room, me), await found_programme(room, me)
    await accept(room, me, decided, group)
    await submit(room, me, pending, group)
    before = len(await answers(room))
    await tell_consent(room, group, group.person_ids[0], live=False)
    await room.tell_again()
    assert (await answers(room))[before:] == [Heeded(withdrawn=1, decided=1)]
    assert await quota(room, me, pending) == (5, 0, 0, 0)


async def test_fewer_recipients_without_the_government_are_a_withdrawal(room: Room) -> None:
    """The purpose goes on for others; nobody is put forward with it."""
    me = officer()
    group, programme = await open_case(room, me), await found_programme(room, me)
    await submit(room, me, programme, group)
    person = group.person_ids[0]
    for recipients, held in ((("destination_government",), 1), (("transit_government",), 0)):
        terms = ConsentTerms.model_validate(
            {"purpose": "share_with_government", "live": True, "recipients": recipients}
        )
        told = ConsentChanged(
            case_id=group.case_id, person_id=person, at=room.clock.now(), terms=Sealed.of(person, terms)
        )
        assert await room.tell(told) is None
        assert (await quota(room, me, programme))[1] == held
    assert (await answers(room))[-2:] == [NOTHING, Heeded(withdrawn=1)]


async def test_what_is_behind_a_seal_is_in_no_answer(room: Room) -> None:
    """The same answer to the byte's length as from somebody who was never put forward, though a place became free."""
    me = officer()
    sealed, nobody = await open_case(room, me), await open_case(room, me)
    programme = await found_programme(room, me, sealed="sealed")
    await submit(room, me, programme, sealed)
    for group in (sealed, nobody):
        await tell_consent(room, group, group.person_ids[0], live=False)
    assert await quota(room, me, programme) == (5, 0, 0, 0)
    both = (await room.told(ConsentAcknowledged))[-2:]
    assert [room.opened("intake", told, told.stands) for told in both] == [NOTHING, NOTHING]
    assert len({len(told.stands.parts["intake"].box) for told in both}) == 1


async def test_what_ended_by_itself_stands_in_the_answer_all_the_same(room: Room) -> None:
    """Settlement withdraws on the day even when intake is silent; intake's word comes later and is answered with it."""
    me = officer()
    group, programme = await open_case(room, me), await found_programme(room, me)
    person = group.person_ids[0]
    await tell_consent(room, group, person, expires_on=date(2017, 5, 1))
    await submit(room, me, programme, group)
    room.clock.move(datetime(2017, 5, 1, tzinfo=UTC))
    await room.fire()
    assert (await quota(room, me, programme))[1] == 0
    await tell_consent(room, group, person, live=False)
    assert (await answers(room))[-1] == Heeded(withdrawn=1)
