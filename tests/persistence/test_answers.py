"""A request that is sent again changes nothing and gets the first answer."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from shared.clock import new_id
from shared.database import Transaction
from shared.errors import Refusal, invalid
from shared.vault.keystore import VAULT_KEYS, KeyStore
from shared.web import Created, Door
from shared.web.answers import ANSWERS, drop_keys, key_of_day
from shared.web.calls import Posted
from shared.work import Cause, Work
from tests.persistence.stories import tell_line, written
from tests.support.room import Room, staff


def call() -> Posted:
    """A POST of an invented member of staff."""
    return Posted(staff(), Cause(new_id()), new_id(), "0" * 64)


class Telling:
    """An action that makes something new each time that it runs."""

    def __init__(self, story_id: str) -> None:
        self.story_id = story_id
        self.refuses = False

    async def __call__(self, work: Work) -> Created:
        line_id = new_id()
        await tell_line(work, self.story_id, line_id)
        if self.refuses:
            raise invalid("not_like_this")
        return Created(id=line_id)


async def test_a_repeated_request_gets_the_first_answer(telling: Room) -> None:
    """One after the other and all at once: one line, one event, one answer."""
    door, action, posted = Door(telling.database, telling.tools), Telling(new_id()), call()
    first = await door.act(posted, action, 201)
    again = await asyncio.gather(*(door.act(posted, action, 201) for _ in range(8)))
    assert {(answer.status_code, answer.body) for answer in again} == {(201, first.body)}
    assert await written(telling, action.story_id) == [orjson.loads(first.body)["id"]]
    assert len(await telling.told()) == 1


async def test_requests_at_once_are_one(telling: Room) -> None:
    """Whoever comes second waits for the first and reads its answer."""
    door, action, posted = Door(telling.database, telling.tools), Telling(new_id()), call()
    answers = await asyncio.gather(*(door.act(posted, action) for _ in range(8)))
    assert len({answer.body for answer in answers}) == 1
    assert len(await written(telling, action.story_id)) == 1


async def test_keys_belong_to_who_sent_them(telling: Room) -> None:
    """The same key from somebody else is another request."""
    door, action, posted = Door(telling.database, telling.tools), Telling(new_id()), call()
    mine = await door.act(posted, action)
    theirs = await door.act(replace(posted, actor=staff()), action)
    assert mine.body != theirs.body


async def test_a_key_is_for_one_request(telling: Room) -> None:
    """Another request under it is refused, and changes nothing."""
    door, action, posted = Door(telling.database, telling.tools), Telling(new_id()), call()
    await door.act(posted, action)
    with pytest.raises(Refusal, match="idempotency_key_reused"):
        await door.act(replace(posted, digest="1" * 64), action)
    assert len(await written(telling, action.story_id)) == 1


async def test_a_refused_request_leaves_its_key_free(telling: Room) -> None:
    """Nothing was done, so the same request may succeed later."""
    door, action, posted = Door(telling.database, telling.tools), Telling(new_id()), call()
    action.refuses = True
    with pytest.raises(Refusal, match="not_like_this"):
        await door.act(posted, action)
    assert await telling.rows(select(ANSWERS)) == []
    action.refuses = False
    assert (await door.act(posted, action)).status_code == 200
    assert len(await written(telling, action.story_id)) == 1


async def test_answers_are_kept_unreadable(telling: Room) -> None:
    """They may tell of people, so they lie encrypted."""
    door, action, posted = Door(telling.database, telling.tools), Telling(new_id()), call()
    answer = await door.act(posted, action)
    (row,) = await telling.rows(select(ANSWERS))
    assert orjson.loads(answer.body)["id"].encode() not in row["answer"].box


async def test_two_days_later_no_backup_of_the_answers_opens(telling: Room) -> None:
    """Neither with the service's own key nor with what is left in the key store; until then they are repeated."""
    door, action, posted = Door(telling.database, telling.tools), Telling(new_id()), call()
    first = await door.act(posted, action)
    (row,) = await telling.rows(select(ANSWERS))
    vault, service, day = telling.tools.vault, telling.tools.service, row["kept_at"].date()
    context = f"answers.answer/{row['actor_id']}/{row['key']}"
    with pytest.raises(Refusal, match="ciphertext_broken"):
        vault.own().decrypt(context, row["answer"])
    await drop_keys(vault, service, day + timedelta(days=1))
    assert (await door.act(posted, action)).body == first.body
    assert (
        first.body.decode()
        in (await vault.cipher(key_of_day(service, day))).decrypt_json(context, row["answer"])["body"]
    )
    await drop_keys(vault, service, day + timedelta(days=2))
    assert await telling.keys.transact(_keys_of(key_of_day(service, day))) == []
    with pytest.raises(Refusal, match="answer_erased"):
        await door.act(posted, action)
    assert await written(telling, action.story_id) == [orjson.loads(first.body)["id"]]


async def test_two_replicas_begin_a_day_at_once(telling: Room) -> None:
    """Whoever makes the key second goes on under the first one's, and each reads what the other kept."""
    replica = replace(telling.tools, vault=telling._vault(telling.tools.service, KeyStore(telling.keys)))
    doors = [Door(telling.database, tools) for tools in (telling.tools, replica)]
    stories, calls = [Telling(new_id()) for _ in range(8)], [call() for _ in range(8)]
    answers = await asyncio.gather(*(doors[n % 2].act(calls[n], stories[n]) for n in range(8)))
    again = [await doors[(n + 1) % 2].act(calls[n], stories[n]) for n in range(8)]
    assert [answer.body for answer in again] == [answer.body for answer in answers]
    assert [len(await written(telling, story.story_id)) for story in stories] == [1] * 8


def _keys_of(subject: str) -> Any:
    async def look(tx: Transaction) -> list[str]:
        return list((await tx.execute(select(VAULT_KEYS.c.subject).where(VAULT_KEYS.c.subject == subject))).scalars())

    return look
