"""Through the front door: asking, coming back, answers, and what nobody can tell."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from services.intake.front_door.store import ANSWERS, LETTERS, THREADS
from services.intake.requests.store.requests import REQUESTS
from services.intake.threads.store import LETTERS as WRITTEN
from services.intake.threads.store import TAKEN
from services.intake.threads.store import THREADS as KNOWN
from shared.audit.rows import AUDIT
from shared.database import Database
from tests.intake.test_way_to_a_plan import ADAM, MINOR, WHISPER, accept
from tests.support.door import House, hidden, open_house
from tests.support.room import NOON, problem, staff
from tests.support.statements import statements

STORY = "They asked for my telephone, and for names."


async def count(database: Database, table: Any) -> int:
    query = select(func.count()).select_from(table)

    async def job(tx: Any) -> int:
        return int((await tx.execute(query)).scalar_one())

    return await database.transact(job)


async def the_thread(house: House) -> dict[str, Any]:
    async with house.room.client(staff("intake_officer")) as officer:
        threads = (await officer.get("/threads")).json()["items"]
    (thread,) = threads
    return dict(thread)


async def answer(house: House, request_id: str, text: str, version: int) -> httpx.Response:
    async with house.room.client(staff("intake_officer")) as officer:
        url = f"/requests/{request_id}/thread/answer"
        return await officer.post(url, json={"text": text}, headers={"If-Match": f'"{version}"'})


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_request_and_its_answer_by_receipt(tmp_path: Path, kind: str) -> None:
    """Asked in Russian, read by an officer, answered, read with the receipt, written on, read again."""
    async with open_house(tmp_path, kind) as house:
        words = await house.ask(
            "ru", story=STORY, name="Lev", channel="signal", handle="@lev.invented", in_danger="yes"
        )
        assert await count(house.room.database, REQUESTS) == 0
        await house.carry()
        thread = await the_thread(house)
        assert (thread["state"], thread["waiting"], thread["unread"]) == ("open", True, 1)
        async with house.room.client(staff("intake_officer")) as officer:
            seen = (await officer.get(f"/requests/{thread['request_id']}")).json()
            (letter,) = (await officer.get(f"/requests/{thread['request_id']}/letters")).json()["items"]
        assert (seen["channel"], seen["language"], seen["name"], seen["contact"]) == (
            "web",
            "ru",
            "Lev",
            "@lev.invented",
        )
        assert seen["urgency"] == "emergency"
        assert (letter["kind"], letter["text"], letter["read"]) == ("request", STORY, False)
        assert (await answer(house, thread["request_id"], "Мы прочли. Есть ли у вас паспорт?", 1)).status_code == 200
        again = await answer(house, thread["request_id"], "Twice.", 1)
        assert problem(again) == (412, "stale_version")
        await house.carry()
        page = await house.come_back("ru", words)
        assert "Мы прочли. Есть ли у вас паспорт?" in page.text
        assert STORY not in page.text
        wrote = await house.write("message", page, "ru", text="Да, есть.")
        assert wrote.status_code == 200
        await house.carry()
        async with house.room.client(staff("intake_officer")) as officer:
            letters = (await officer.get(f"/requests/{thread['request_id']}/letters")).json()["items"]
        assert [it["kind"] for it in letters] == ["request", "answer", "message"]
        assert await count(house.owned, LETTERS) == 0


@pytest.mark.parametrize("taken", [True, False], ids=["taken meanwhile", "still at the door"])
async def test_a_page_sent_again_with_other_words_is_another_letter(tmp_path: Path, taken: bool) -> None:
    """Back in the browser, written on, sent: nothing of it is lost. The very same words twice are one letter."""
    async with open_house(tmp_path) as house:
        page = await house.come_back("en", await house.ask(story=STORY))
        for text in ("They came back.", "They came back.", "They came back. I left the house."):
            assert "It cannot be lost." in (await house.write("message", page, text=text)).text
            if taken:
                await house.carry()
        await house.carry()
        thread = await the_thread(house)
        async with house.room.client(staff("intake_officer")) as officer:
            letters = (await officer.get(f"/requests/{thread['request_id']}/letters")).json()["items"]
        assert [it["text"] for it in letters] == [STORY, "They came back.", "They came back. I left the house."]


async def test_nothing_is_sent_before_the_receipt_was_kept(tmp_path: Path) -> None:
    """Two words of it are asked for; a wrong one loses nothing and sends nothing; sent twice it is one request."""
    async with open_house(tmp_path) as house:
        words, draft = await house.receipt("ar")
        wrong = await house.post("/ar/receipt/sent", draft=draft, word_2=words[0], word_5=words[4])
        assert (wrong.status_code, await count(house.owned, THREADS)) == (422, 0)
        assert words[1] not in wrong.text
        shown = await house.post("/ar/receipt", draft=hidden(wrong, "draft"))
        assert all(word in shown.text for word in words)
        for _ in range(2):
            sent = await house.post("/ar/receipt/sent", draft=draft, word_2=words[1], word_5=f" {words[4]}ْ ")
            assert sent.status_code == 200
            assert not any(word in sent.text for word in words)
        await house.carry()
        again = await house.post("/ar/receipt/sent", draft=draft, word_2=words[1], word_5=words[4])
        assert again.status_code == 200
        await house.carry()
        assert (await count(house.room.database, REQUESTS), await count(house.owned, THREADS)) == (1, 1)


async def test_a_form_with_a_mistake_loses_nothing(tmp_path: Path) -> None:
    """Every field comes back, escaped, with a word on what is missing."""
    async with open_house(tmp_path) as house:
        fields = {
            "story": "  ",
            "name": '"><b>Lev',
            "country": "Там",
            "handle": "@l",
            "in_danger": "yes",
            "channel": "mail",
        }
        page = await house.post("/es/ask", **fields)
        assert page.status_code == 422
        assert "&#34;&gt;&lt;b&gt;Lev" in page.text
        assert "<b>Lev" not in page.text
        assert 'value="Там"' in page.text
        assert '<option value="mail" selected>' in page.text
        long = await house.post("/es/ask", story="ж" * 8000, name="Lev")
        assert (long.status_code, "ж" * 8000 in long.text, len(long.content) < 50_000) == (422, True, True)


async def test_an_unknown_an_ended_and_an_erased_code_are_one(tmp_path: Path) -> None:
    """The same bytes, and the same hashes and statements, counted."""
    async with open_house(tmp_path) as house:
        never, (ended, page) = "", ("", None)
        words, _ = await house.receipt()
        never = " ".join(words)
        ended = await house.ask()
        page = await house.come_back("en", ended)
        assert (await house.write("withdrawal", page, sure="yes")).status_code == 200
        answers = []
        for code in (never, ended):
            before = house.locks.computed
            got = await house.come_back("en", code)
            answers.append((got.status_code, got.content, sorted(got.headers.items()), house.locks.computed - before))
        assert answers[0] == answers[1]
        assert (answers[0][0], answers[0][3]) == (404, 1)


SCREENED = {"in_scope": False, "ends_as": "referred_out", "reason": "Lives in Lyon.", "answer": "Écrivez au Port."}


async def test_what_a_screening_answers_is_read_by_receipt(tmp_path: Path) -> None:
    """Word for word and nothing else of what was decided; not before what they wrote since was read; nothing for spam,
    and nothing to say it into for who came another way."""
    async with open_house(tmp_path) as house:
        code = await house.ask("fr", story=STORY)
        await house.carry()
        thread = await the_thread(house)
        url = f"/requests/{thread['request_id']}"
        page = await house.come_back("fr", code)
        await house.write("message", page, "fr", text="Ils sont à la porte.")
        await house.carry()
        async with house.room.client(staff("intake_officer")) as officer:
            unread = await officer.post(f"{url}/screening", json=SCREENED, headers={"If-Match": '"1"'})
            assert problem(unread) == (409, "letters_unread")
            seen = (await officer.get(url)).json()
            assert (seen["state"], (await officer.get(f"{url}/screenings")).json()["items"]) == ("new", [])
            await officer.post(f"{url}/thread/reading", headers={"If-Match": '"2"'})
            ended = await officer.post(f"{url}/screening", json=SCREENED, headers={"If-Match": '"1"'})
            assert ended.status_code == 200, ended.text
            again = await officer.post(f"{url}/screening", json=SCREENED, headers={"If-Match": '"2"'})
            assert problem(again) == (409, "wrong_state")
            letters = (await officer.get(f"{url}/letters")).json()["items"]
            assert [(it["kind"], it["text"]) for it in letters][2:] == [("answer", "Écrivez au Port.")]
            other = (await officer.post("/requests", json={**WHISPER})).json()["id"]
            told = await officer.post(f"/requests/{other}/screening", json=SCREENED, headers={"If-Match": '"1"'})
            assert told.status_code == 200, told.text
            assert (await officer.get(f"/requests/{other}/letters")).json()["items"] == []
        await house.carry()
        page = await house.come_back("fr", code)
        assert page.text.count("Écrivez au Port.") == 1
        assert not any(word in page.text for word in ("Lyon", "referred", "out_of_scope"))
        assert (await house.write("message", page, "fr", text="Merci.")).status_code == 200
        await house.carry()
        assert (await the_thread(house))["waiting"] is True


async def test_spam_reads_nothing_and_a_withdrawal_by_telephone_leaves_the_receipt(tmp_path: Path) -> None:
    """Nobody tells spam that somebody reads here; whoever holds the receipt of what was withdrawn can still write."""
    async with open_house(tmp_path) as house:
        codes = []
        for ending in ("screening", "withdrawal"):
            codes.append(await house.ask(name=ending))
            await house.carry()
            async with house.room.client(staff("intake_officer")) as officer:
                (new,) = (await officer.get("/queue")).json()["items"]
                spam = {"in_scope": False, "ends_as": "spam", "reason": "Sells shoes."}
                body = spam if ending == "screening" else {"how": "phone", "reason": "They said so."}
                url = f"/requests/{new['id']}/{ending}"
                assert (await officer.post(url, json=body, headers={"If-Match": '"1"'})).status_code == 200
        await house.carry()
        pages = [await house.come_back("en", code) for code in codes]
        assert [page.status_code for page in pages] == [200, 200]
        assert not any(word in page.text for page in pages for word in ("shoes", "They said so", "withdrawn"))
        assert await count(house.owned, ANSWERS) == 0
        assert (await house.write("message", pages[1], text="It was not me who called.")).status_code == 200
        await house.carry()
        async with house.room.client(staff("intake_officer")) as officer:
            letters = (await officer.get(f"/requests/{new['id']}/letters")).json()["items"]
        assert letters[-1]["text"] == "It was not me who called."


async def test_withdrawn_the_code_is_over_at_once_and_intake_knows(tmp_path: Path) -> None:
    """The letter that takes back is there, the thread is over, and nobody can answer into it."""
    async with open_house(tmp_path) as house:
        words = await house.ask()
        await house.carry()
        thread = await the_thread(house)
        page = await house.come_back("en", words)
        assert (await house.write("withdrawal", page, text="Not now.")).status_code == 422
        gone = await house.write("withdrawal", page, sure="yes", text="It became too dangerous.")
        assert gone.status_code == 200
        assert (await count(house.owned, THREADS), await count(house.owned, ANSWERS)) == (0, 0)
        late = await house.write("message", page, text="Are you there?")
        assert late.status_code == 404
        assert "Are you there?" in late.text
        await house.carry()
        async with house.room.client(staff("intake_officer")) as officer:
            seen = (await officer.get(f"/requests/{thread['request_id']}")).json()
            screenings = (await officer.get(f"/requests/{thread['request_id']}/screenings")).json()
        assert seen["state"] == "withdrawn"
        (step,) = screenings["items"]
        assert (step["reason"], step["heard"]) == ("It became too dangerous.", {"how": "receipt", "whom": "person"})
        over = await the_thread(house)
        assert (over["state"], over["waiting"]) == ("over", True)
        assert problem(await answer(house, thread["request_id"], "Hello?", over["version"])) == (409, "thread_over")


async def test_a_thread_ends_a_year_after_its_last_letter_unless_somebody_waits(tmp_path: Path) -> None:
    """On the movable clock: an unanswered thread stays, an answered one goes."""
    async with open_house(tmp_path) as house:
        words = await house.ask()
        await house.carry()
        house.room.clock.move(NOON + timedelta(days=365))
        await house.room.fire()
        await house.carry()
        assert (await house.come_back("en", words)).status_code == 200
        thread = await the_thread(house)
        assert (await answer(house, thread["request_id"], "We are here.", thread["version"])).status_code == 200
        house.room.clock.move(NOON + timedelta(days=365 + 364))
        await house.room.fire()
        await house.carry()
        assert "We are here." in (await house.come_back("en", words)).text
        house.room.clock.move(NOON + timedelta(days=365 + 365))
        await house.room.fire()
        await house.carry()
        assert (await house.come_back("en", words)).status_code == 404
        assert await count(house.owned, THREADS) == 0


async def test_what_cannot_be_opened_is_set_aside_and_holds_nothing_up(tmp_path: Path) -> None:
    """A letter that somebody changed stays where it is; those behind it come in."""
    async with open_house(tmp_path) as house:
        await house.ask()

        async def spoil(tx: Any) -> None:
            await tx.execute(LETTERS.update().values(box=b"AAAA"))

        await house.owned.transact(spoil)
        await house.ask()
        await house.carry()
        assert (await count(house.room.database, KNOWN), await count(house.owned, LETTERS)) == (1, 1)
        assert await count(house.room.database, TAKEN) == 1


async def spoil(house: House, letter_ids: list[str] | None = None) -> dict[str, bytes]:
    """Boxes that nobody can open, of these letters or of all; what they were."""
    kept: dict[str, bytes] = {}

    async def job(tx: Any) -> None:
        for row in (await tx.execute(select(LETTERS.c.id, LETTERS.c.box))).all():
            if letter_ids is None or row.id in letter_ids:
                kept[row.id] = bytes(row.box)
                await tx.execute(LETTERS.update().where(LETTERS.c.id == row.id).values(box=b"AAAA"))

    await house.owned.transact(job)
    return kept


async def mend(house: House, kept: dict[str, bytes]) -> None:
    async def job(tx: Any) -> None:
        for letter_id, box in kept.items():
            await tx.execute(LETTERS.update().where(LETTERS.c.id == letter_id).values(box=box))

    await house.owned.transact(job)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_an_operator_has_a_letter_tried_again_or_gives_it_up(tmp_path: Path, kind: str) -> None:
    """A request that cannot be opened, and a letter behind it: both wait, counted, while others come in; with the key
    back both are there, in their order. One that is given up is gone, and only operators do either."""
    async with open_house(tmp_path, kind) as house:
        operator = staff("operator")
        code = await house.ask(name="Lev", story=STORY)
        kept = await spoil(house)
        page = await house.come_back("en", code)
        assert (await house.write("message", page, text="Are you there?")).status_code == 200
        await house.ask(name="Mira")
        for _ in range(2):
            await house.carry()
        assert await count(house.room.database, REQUESTS) == 1
        assert [house.room.registry.get_sample_value(f"lodestar_letters_{it}") for it in ("waiting", "set_aside")] == [
            1,
            1,
        ]
        async with house.room.client(operator) as client, house.room.client(staff("intake_officer")) as officer:
            (stuck,) = (await client.get("/letters-set-aside")).json()["items"]
            assert (stuck["why"], set(stuck)) == ("seal_broken", {"id", "thread_id", "number", "why", "size"})
            assert list(kept) == [stuck["id"]]
            url = f"/letters-set-aside/{stuck['id']}"
            for what in ("retry", "discard"):
                assert problem(await officer.post(f"{url}/{what}")) == (403, "not_permitted")
            assert problem(await officer.get("/letters-set-aside")) == (403, "not_permitted")
            assert (await client.post(f"{url}/retry")).status_code == 200
            await house.carry()
            assert len((await client.get("/letters-set-aside")).json()["items"]) == 1
            await mend(house, kept)
            assert (await client.post(f"{url}/retry")).status_code == 200
            await house.carry()
            assert problem(await client.post(f"{url}/retry")) == (404, "not_found")
            threads = (await officer.get("/threads")).json()["items"]
            said = [(await officer.get(f"/requests/{it['request_id']}/letters")).json()["items"] for it in threads]
            assert sorted([letter["text"] for letter in letters] for letters in said) == sorted(
                [[STORY, "Are you there?"], ["They asked for my telephone."]]
            )
            await house.ask()
            await spoil(house)
            await house.carry()
            (lost,) = (await client.get("/letters-set-aside")).json()["items"]
            assert (await client.post(f"/letters-set-aside/{lost['id']}/discard")).status_code == 200
            assert (await client.get("/letters-set-aside")).json()["items"] == []
        await house.carry()
        assert house.room.registry.get_sample_value("lodestar_letters_set_aside") == 0
        assert (await count(house.room.database, REQUESTS), await count(house.owned, LETTERS)) == (2, 0)
        verbs = [row["verb"] for row in await house.room.rows(select(AUDIT.c.verb))]
        assert [verbs.count(verb) for verb in ("retry_letter", "discard_letter")] == [2, 1]


async def test_a_letter_that_comes_again_is_known_until_it_cannot_come(tmp_path: Path) -> None:
    """Put back after it was taken, as a restored database does: recognised for sixty days, and as long as it lies
    there; afterwards nothing of it is kept."""
    async with open_house(tmp_path) as house:
        await house.ask()

        async def all_letters(tx: Any) -> list[dict[str, Any]]:
            rows = (await tx.execute(select(LETTERS))).mappings().all()
            return [{name: row[name] for name in row if name != "number"} for row in rows]

        (letter,) = await house.owned.transact(all_letters)
        await house.carry()

        async def put_back(tx: Any) -> None:
            await tx.execute(LETTERS.insert().values(**letter))

        async def set_aside(tx: Any) -> None:
            await tx.execute(LETTERS.insert().values(**{**letter, "stuck": True}))

        for days in (0, 59):
            house.room.clock.move(NOON + timedelta(days=days, hours=2))
            await house.owned.transact(put_back)
            await house.carry()
            assert (await count(house.room.database, REQUESTS), await count(house.room.database, TAKEN)) == (1, 1)
            assert await count(house.owned, LETTERS) == 0
        await house.owned.transact(set_aside)
        house.room.clock.move(NOON + timedelta(days=61))
        await house.carry()
        assert await count(house.room.database, TAKEN) == 1
        async with house.room.client(staff("operator")) as client:
            assert (await client.post(f"/letters-set-aside/{letter['id']}/retry")).status_code == 200
        house.room.clock.move(NOON + timedelta(days=61, hours=2))
        await house.carry()
        assert (await count(house.room.database, REQUESTS), await count(house.room.database, TAKEN)) == (1, 0)


async def test_a_correction_by_receipt_is_kept_with_the_person_who_asked(tmp_path: Path) -> None:
    """Before there is a person it is a letter, and so it is from who asked for somebody else, and by the receipt of
    what was merged into theirs; else it is a wish beside what is known, in their own words, and a letter as well."""
    async with open_house(tmp_path) as house:
        groups = {"alone": [ADAM], "family": [ADAM, MINOR], "other": [ADAM], "merged": [ADAM]}
        wishes: dict[str, list[list[dict[str, Any]]]] = {}
        async with house.room.client(staff("intake_officer")) as officer:
            for name, group in groups.items():
                code = await house.ask(for_whom="other" if name == "other" else "self")
                await house.carry()
                (new,) = (await officer.get("/queue")).json()["items"]
                await house.write("correction", await house.come_back("en", code), text="Too early.")
                await house.carry()
                if name == "merged":
                    root = (await officer.post("/requests", json=WHISPER)).json()["id"]
                    into = {"json": {"into": root}, "headers": {"If-Match": '"1"'}}
                    assert (await officer.post(f"/requests/{new['id']}/merge", **into)).status_code == 200
                case_id = await accept(officer, root if name == "merged" else new["id"], group, [])
                people = (await officer.get(f"/cases/{case_id}/people")).json()["people"]
                await house.write("correction", await house.come_back("en", code), text="I was born in 1995.")
                await house.carry()
                letters = (await officer.get(f"/requests/{new['id']}/letters")).json()["items"]
                written = [it["text"] for it in letters if it["kind"] == "correction"]
                assert written == ["Too early.", "I was born in 1995."]
                asked = [(await officer.get(f"/people/{one['id']}/corrections")).json()["items"] for one in people]
                wishes[name] = asked
        assert (wishes["other"], wishes["merged"], len(wishes["family"][0]), wishes["family"][1]) == ([[]], [[]], 1, [])
        ((wish,),) = wishes["alone"]
        said = tuple(wish[name] for name in ("what", "why", "asked_by", "state"))
        assert said == ("other", "I was born in 1995.", "person", "open")


ACCEPTED = {"fr": "Nous l’acceptons", "en": "We accept it", "ar": "وقد قبلنا ذلك", "ru": "Мы это принимаем"}
REFUSED = {"fr": "Nous ne l’acceptons pas", "es": "No lo aceptamos"}


async def correct(officer: httpx.AsyncClient, person_id: str, *, accept: bool, answer: str) -> None:
    """Decide on the one correction of somebody that is open."""
    asked = (await officer.get(f"/people/{person_id}/corrections")).json()["items"]
    (one,) = [it for it in asked if it["state"] == "open"]
    decision, body = f"/corrections/{one['id']}/decision", {"accept": accept, "answer": answer}
    assert (await officer.post(decision, json=body, headers={"If-Match": '"1"'})).status_code == 200
    again = await officer.post(decision, json=body, headers={"If-Match": '"2"'})
    assert problem(again) == (409, "already_decided")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_what_became_of_a_correction_is_read_by_receipt(tmp_path: Path, kind: str) -> None:
    """In the language in which they come back, with what was said to it, once; whatever else they wrote stays unread
    and waits for an answer, and who asked for nothing but corrections waits no more when all are decided."""
    async with open_house(tmp_path, kind) as house:
        code = await house.ask("fr", name="Adam")
        await house.carry()
        request_id = (await the_thread(house))["request_id"]
        async with house.room.client(staff("intake_officer")) as officer:
            case_id = await accept(officer, request_id, [ADAM], [])
            (adam,) = (await officer.get(f"/cases/{case_id}/people")).json()["people"]
            page = await house.come_back("fr", code)
            await house.write("correction", page, "fr", text="Je suis né en 1995.")
            await house.write("message", await house.come_back("fr", code), "fr", text="Quand ?")
            await house.carry()
            await correct(officer, adam["id"], accept=True, answer="Vu sur le passeport.")
            thread = (await officer.get(f"/requests/{request_id}/thread")).json()
            assert (thread["waiting"], thread["unread"]) == (True, 3)
            await house.carry()
            for language, sentence in ACCEPTED.items():
                page = await house.come_back(language, code)
                assert page.text.count(sentence) == page.text.count("Vu sur le passeport.") == 1
            assert not any(sentence in page.text for sentence in REFUSED.values())
            seen = {"If-Match": f'"{thread["version"]}"'}
            said = await officer.post(f"/requests/{request_id}/thread/answer", json={"text": "Demain."}, headers=seen)
            assert (said.status_code, said.json()["waiting"]) == (200, False)
            await house.carry()
            for place, text in enumerate(("Rien.", "Encore.")):
                await house.write("correction", await house.come_back("fr", code), "fr", text=text)
                await house.carry()
                assert (await officer.get(f"/requests/{request_id}/thread")).json()["waiting"] is True
                await correct(officer, adam["id"], accept=False, answer=f"Non, {place}.")
                assert (await officer.get(f"/requests/{request_id}/thread")).json()["waiting"] is False
            letters = (await officer.get(f"/requests/{request_id}/letters")).json()["items"]
            assert [(it["kind"], it["text"]) for it in letters if it["kind"].startswith("correction_")] == [
                ("correction_accepted", "Vu sur le passeport."),
                ("correction_refused", "Non, 0."),
                ("correction_refused", "Non, 1."),
            ]
            copied = (await officer.get(f"/people/{adam['id']}/copy")).json()["parts"]["letters"]
            assert [it["kind"] for it in copied].count("correction_refused") == 2
        await house.carry()
        for language, sentence in REFUSED.items():
            page = await house.come_back(language, code)
            assert page.text.count(sentence) == 2


async def test_a_decision_is_told_to_nobody_else(tmp_path: Path) -> None:
    """Not by the receipt of another of the family, nor of who asked for them; and what cannot be told is decided."""
    async with open_house(tmp_path) as house, house.room.client(staff("intake_officer")) as officer:
        for whom, place, told in (("self", 0, 1), ("self", 1, 0), ("other", 0, 0), ("over", 0, 0)):
            code = await house.ask("en", for_whom="other" if whom == "other" else "self")
            await house.carry()
            (new,) = (await officer.get("/queue")).json()["items"]
            case_id = await accept(officer, new["id"], [ADAM, MINOR], [])
            people = (await officer.get(f"/cases/{case_id}/people")).json()["people"]
            if whom == "over":
                page = await house.come_back("en", code)
                await house.write("withdrawal", page, sure="yes")
                await house.carry()
            person_id = people[place]["id"]
            wish = {"what": "other", "why": "The date of the raid is wrong."}
            assert (await officer.post(f"/people/{person_id}/corrections", json=wish)).status_code == 201
            await correct(officer, person_id, accept=True, answer="Of course.")
            letters = (await officer.get(f"/requests/{new['id']}/letters")).json()["items"]
            assert [it["kind"] for it in letters].count("correction_accepted") == told, (whom, place)


async def test_two_porters_take_each_letter_once(tmp_path: Path) -> None:
    """Two replicas of intake at once, on PostgreSQL: as many requests as were made."""
    async with open_house(tmp_path, "postgresql") as house:
        for _ in range(6):
            await house.ask()
        await asyncio.gather(*(house.porter.carry() for _ in range(4)))
        await house.carry()
        assert await count(house.room.database, REQUESTS) == 6
        assert await count(house.owned, LETTERS) == 0


async def test_receipts_survive_a_merge_and_an_unmerge(tmp_path: Path) -> None:
    """Who asked twice comes back with either receipt; staff read both threads at the one request that goes on."""
    async with open_house(tmp_path) as house:
        codes = [await house.ask(name=name) for name in ("First", "Second")]
        await house.carry()
        async with house.room.client(staff("intake_officer")) as officer:
            first, second = [one["request_id"] for one in (await officer.get("/threads")).json()["items"]]
            merging = {"into": second}
            merged = await officer.post(f"/requests/{first}/merge", json=merging, headers={"If-Match": '"1"'})
            assert merged.status_code == 200, merged.text
            letters = (await officer.get(f"/requests/{second}/letters")).json()["items"]
            assert {letter["request_id"] for letter in letters} == {first, second}
            for request_id in (first, second):
                assert (await answer(house, request_id, f"To {request_id}.", 1)).status_code == 200
            version = merged.headers["ETag"]
            undone = await officer.post(
                f"/requests/{first}/unmerge", json={"reason": "Two people."}, headers={"If-Match": version}
            )
            assert undone.status_code == 200, undone.text
            alone = (await officer.get(f"/requests/{second}/letters")).json()["items"]
            assert {letter["request_id"] for letter in alone} == {second}
        await house.carry()
        pages = [(await house.come_back("en", code)).text for code in codes]
        assert sorted(page.count("To ") for page in pages) == [1, 1]


async def test_a_copy_and_a_correction_by_receipt(tmp_path: Path) -> None:
    """Both are asked for in the thread; the copy is answered in letters, to who asked for themselves alone."""
    async with open_house(tmp_path) as house:
        codes = [await house.ask("es", name="Adam"), await house.ask("es", for_whom="other")]
        page = await house.come_back("es", codes[0])
        await house.write("copy", page, "es")
        await house.write("correction", page, "es", text="I was born in 1995.")
        await house.carry()
        async with house.room.client(staff("intake_officer")) as officer:
            threads = (await officer.get("/threads")).json()["items"]
            said = []
            for thread in threads:
                request_id = thread["request_id"]
                letters = (await officer.get(f"/requests/{request_id}/letters")).json()["items"]
                case_id = await accept(officer, request_id, [ADAM], [])
                (person,) = (await officer.get(f"/cases/{case_id}/people")).json()["people"]
                seen = {"If-Match": f'"{thread["version"]}"'}
                sending = f"/requests/{request_id}/thread/copy"
                sent = await officer.post(sending, json={"person_id": person["id"]}, headers=seen)
                again = (await officer.get(f"/people/{person['id']}/copy")).json()["parts"]["letters"]
                assert [it["kind"] for it in again] == [it["kind"] for it in letters if sent.status_code == 200]
                said.append(([letter["kind"] for letter in letters], sent.status_code))
        assert sorted(said) == [(["request"], 409), (["request", "copy", "correction"], 200)]
        await house.carry()
        page = await house.come_back("es", codes[0])
        assert "registered / born_on: 1994-02-11" in page.text
        assert "letters / text: I was born in 1995." in page.text
        assert "registered" not in (await house.come_back("es", codes[1])).text


async def test_after_an_erasure_a_code_is_like_one_that_never_was(tmp_path: Path) -> None:
    """A person of a case is erased with their request: thread, letters and keys are gone, and the same bytes answer."""
    async with open_house(tmp_path) as house:
        code = await house.ask(name="Adam")
        await house.carry()
        thread = await the_thread(house)
        officer_actor, guardian = staff("intake_officer"), staff("data_protection")
        async with house.room.client(officer_actor) as officer, house.room.client(guardian) as second:
            case_id = await accept(officer, thread["request_id"], [ADAM], [])
            (person,) = (await officer.get(f"/cases/{case_id}/people")).json()["people"]
            body = {"reason": "They asked for it.", "request_ids": [thread["request_id"]]}
            proposed = (await officer.post(f"/people/{person['id']}/erasures", json=body)).json()
            url, seen = f"/erasures/{proposed['id']}/decision", {"If-Match": f'"{proposed["version"]}"'}
            assert (await second.post(url, json={"approve": True}, headers=seen)).status_code == 200
        await house.room.fire()
        await house.carry()
        never, _ = await house.receipt()
        answers = []
        for words in (code, " ".join(never)):
            before = house.locks.computed
            with statements() as did:
                got = await house.come_back("en", words)
            answers.append((got.status_code, got.content, house.locks.computed - before, list(did)))
        assert answers[0] == answers[1]
        assert answers[0][0] == 404
        assert await house.owned_rows("SELECT id FROM door_threads") == []
        assert await house.room.rows(select(KNOWN)) == []
        assert await house.room.rows(select(WRITTEN)) == []
