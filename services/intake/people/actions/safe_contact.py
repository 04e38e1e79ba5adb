"""What can be done about reaching a person safely: agree on how, look, and hear the word that they say.

Rule: of a word that was said the answer tells whether it is one of those agreed, never which: the code word and the
duress word cause the same bytes, rows and statements, and only notify reads which one it was.
"""

from dataclasses import replace

from services.intake.people.actions.finding import be_found
from services.intake.people.actions.standing import permitted
from services.intake.people.model import safe_contact as model
from services.intake.people.model.safe_contact import Attempt, Channel, Profile, SafeContact, Words
from services.intake.people.store import safe_contact as store
from shared.clock import new_id
from shared.contracts.fields import Sealed
from shared.contracts.intake import CodeWordSaid, SaidWord
from shared.errors import stale
from shared.work import Work


async def agree(work: Work, person_id: str, version: int, contact: SafeContact, words: Words | None) -> Profile:
    """Write down how a person can be reached from now on. words: None leaves those that were agreed.

    Errors: Refusal not_found, forbidden, stale; invalid as `model.check` and `model.check_words`.
    """
    person = await permitted(work, "agree_safe_contact", person_id)
    profile = await store.load(work, person_id)
    model.check(contact)
    if profile.version != version or not await store.add(work, person_id, version + 1, contact):
        raise stale("stale_version", "Somebody changed it since you looked.")
    if words is not None:
        model.check_words(words)
        await store.set_words(work, person_id, words)
    await be_found(work, person_id, person.case_id)
    work.audit("agree_safe_contact", case_id=person.case_id, subjects=[person_id])
    return replace(profile, contact=contact, words=profile.words or words is not None, version=version + 1)


async def see(work: Work, person_id: str) -> Profile:
    """How a person can be reached, and whether words were agreed. Errors: Refusal not_found, forbidden."""
    person = await permitted(work, "see_people", person_id)
    profile = await store.load(work, person_id)
    work.audit("see_safe_contact", case_id=person.case_id, subjects=[person_id])
    return profile


async def hear_word(work: Work, person_id: str, said: str) -> tuple[str, bool]:
    """A person said a word in a call: the id of this hearing, and whether it is one of those agreed.

    Errors: Refusal not_found, forbidden; conflict no_words.
    """
    person = await permitted(work, "hear_code_word", person_id)
    heard = model.hear(await store.words_of(work, person_id), said)
    hearing_id = new_id()
    word = SaidWord(duress=heard == "duress", taken_by=work.actor.id)
    work.emit(
        CodeWordSaid(
            case_id=person.case_id,
            person_id=person_id,
            hearing_id=hearing_id,
            at=work.now,
            word=Sealed.of(person_id, word),
        )
    )
    await store.add_hearing(work, person_id, hearing_id, matched=heard != "neither")
    work.audit("hear_code_word", case_id=person.case_id, subjects=[person_id, hearing_id])
    return hearing_id, heard != "neither"


async def is_known_by(work: Work, person_id: str, hearing_id: str) -> bool:
    """Whether they said a word agreed with them in this hearing, in the call that goes on; for a slice that checks
    access itself."""
    return await store.matched(work, person_id, hearing_id, work.now - model.CALL)


async def may_contact(work: Work, person_id: str, channel: Channel) -> Attempt:
    """Whether a person may be contacted on a channel now; for the other slices, which check access themselves.

    Errors: Refusal not_found when the person was erased.
    """
    return model.attempt((await store.load(work, person_id)).contact, channel, work.now)


async def forget(work: Work, person_id: str) -> None:
    """Nobody can reach them any more. The caller decided so."""
    await store.forget(work, person_id)
