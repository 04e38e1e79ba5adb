"""What notify answers once it has acted on a changed consent."""

from sqlalchemy import update

from services.notify.webhooks.store.deliveries import DELIVERIES
from shared.contracts.fields import Sealed
from shared.contracts.heeding import Heeded
from shared.contracts.intake import ConsentChanged, ConsentTerms
from shared.contracts.notify import ConsentAcknowledged
from tests.notify.story import befriend, consent, go, open_case, queue_of
from tests.support.room import Room


async def answers(room: Room) -> list[Heeded]:
    return [room.opened("intake", told, told.stands) for told in await room.told(ConsentAcknowledged)]


async def test_notify_says_what_it_recalled_and_what_the_partner_has(room: Room) -> None:
    """One piece of news had left, one had not; the partner is told to forget. Told again, nothing is answered twice."""
    ally = await befriend(room)
    case_id, (anna,) = await open_case(room, ally)
    await consent(room, case_id, anna)
    await room.rows(update(DELIVERIES).values(state="delivered", attempts=1).returning(DELIVERIES.c.id))
    await go(room, case_id, "verified")
    await consent(room, case_id, anna, live=False)
    await room.tell_again()
    assert await answers(room) == [Heeded(), Heeded(recalled=1, told_to_forget=1, delivered=1)]


async def test_a_partner_who_is_no_recipient_any_more_is_told_nothing(room: Room) -> None:
    """Consent narrowed to sponsors ends the sharing with the partner who brought the case."""
    ally = await befriend(room)
    case_id, (anna,) = await open_case(room, ally)
    await consent(room, case_id, anna)
    terms = ConsentTerms(purpose="share_with_partner", live=True, recipients=("sponsor",))
    told = ConsentChanged(case_id=case_id, person_id=anna, at=room.clock.now(), terms=Sealed.of(anna, terms))
    assert await room.tell(told) is None
    assert await queue_of(room, ally) == [("case.accepted", "recalled")]
    assert (await answers(room))[-1] == Heeded(recalled=1)
