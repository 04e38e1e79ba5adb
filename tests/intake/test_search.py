"""Search through intake's API: by name in any script, phone, handle and code name, and by nobody who may not see."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey
from sqlalchemy import delete, select

from services.intake.search.actions import STEP
from services.intake.search.store import PLACES, TERMS
from services.intake.service import blueprint
from shared.access import Actor
from shared.audit.rows import AUDIT
from shared.database.migrations import migrate
from shared.timers import TIMERS
from shared.vault.cache import Cache
from shared.vault.masters import MasterFile
from shared.vault.renewing import left_blind, renew_blind
from shared.vault.rotation import add_key, use_newest
from tests.access.test_unknown import watched
from tests.intake.test_contact_attempts import EVENINGS
from tests.intake.test_erasure import erase, family
from tests.intake.test_safe_contact import agree
from tests.intake.test_way_to_a_plan import ADAM, MINOR, WHISPER, accept, ask
from tests.support.room import NOON, Room, open_room, problem, staff

MUSA = {**ADAM, "name_in_use": "Musa", "name_on_papers": "Хасханов Муса Асланович"}


async def found(client: httpx.AsyncClient, words: str, **page: Any) -> list[tuple[str, str, str, str]]:
    """What each hit is about, its id, and how its first term matched."""
    answer = await client.post("/search", json={"words": words}, params=page)
    assert answer.status_code == 200, answer.text
    hits = answer.json()["items"]
    return [(hit["about"], hit["id"], hit["matches"][0]["kind"], hit["matches"][0]["how"]) for hit in hits]


async def test_one_is_found_by_what_they_are_called_in_any_script(room: Room) -> None:
    """A name on papers, the name in use, a phone, a handle and a code name lead there; one word of two does not."""
    async with room.client(staff("intake_officer")) as client:
        request = await ask(client, name="Zhanna", contact="8 (900) 000-00-77")
        by_handle = await ask(client, name="", contact="@Crane_of_Grozny")
        case_id = await accept(client, await ask(client, name="M.", contact=""), [MUSA, MINOR], [])
        musa = (await client.get(f"/cases/{case_id}/people")).json()["people"][0]["id"]
        name = (await client.get(f"/cases/{case_id}")).json()["code_name"]
        assert await found(client, "Khaskhanov Moussa") == [("person", musa, "name", "alike")]
        assert await found(client, "муса асланович хасханов") == [("person", musa, "name", "same")]
        assert await found(client, "MUSA") == [("person", musa, "name", "same")]
        assert await found(client, "Khaskhanov") == []
        assert await found(client, "Жанна") == [("request", request, "name", "same")]
        assert await found(client, "+7 900 0000077") == [("request", request, "contact", "same")]
        assert await found(client, "79000000077") == [("request", request, "contact", "same")]
        assert await found(client, "+7 900 0000078") == []
        assert await found(client, "crane_of_grozny") == [("request", by_handle, "contact", "same")]
        assert await found(client, name.upper()) == [("case", case_id, "code_name", "same")]
        (hit,) = (await client.post("/search", json={"words": "Musa"})).json()["items"]
    assert (hit["case_id"], hit["code_name"], hit["matches"][0]["said"]) == (case_id, name, "Musa")


async def test_what_one_may_not_see_is_like_nothing_found(room: Room) -> None:
    """Same bytes, same work, same row of the audit log; who is assigned without working with people finds no names."""
    officer, analyst, other = staff("intake_officer"), staff("reviewer"), staff("caseworker")
    async with room.client(officer) as client:
        request = await ask(client, name="Adam Test", contact="+7 900 000-00-01")
        case_id = await accept(client, request, [ADAM], [analyst.id])
        await ask(client, name="Zoya Waiting", contact="@zoya")
        name = (await client.get(f"/cases/{case_id}")).json()["code_name"]
        assert len(await found(client, "Adam Test")) == 1
    for actor in (other, analyst, staff("intake_officer")):
        seen = {words: await seen_by(room, actor, words) for words in ("Adam Test", "Nobody Atall")}
        assert seen["Adam Test"] == seen["Nobody Atall"]
        assert [verb for verb in seen["Adam Test"][1] if verb.startswith("Policies")] == ["Policies.allows search"]
    async with room.client(analyst) as client:
        assert await found(client, name) == [("case", case_id, "code_name", "same")]
    async with room.client(other) as client:
        assert await found(client, "Zoya Waiting") == []
        assert await found(client, name) == []
    async with room.client(staff("analyst")) as client:
        assert problem(await client.post("/search", json={"words": "Adam"})) == (403, "not_permitted")


async def seen_by(room: Room, actor: Actor, words: str) -> tuple[bytes, tuple[str, ...]]:
    room.vault._known = Cache()
    headers = {"X-Correlation-Id": "0" * 32, "Idempotency-Key": "k" * 32}
    async with room.client(actor) as client:
        with watched() as did:
            answer = await client.post("/search", json={"words": words}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.content, tuple(did)


async def test_who_broke_the_glass_finds_for_an_hour(room: Room) -> None:
    """As they see the case and its people; recusal beats it."""
    manager, officer = staff("manager"), staff("intake_officer")
    async with room.client(officer) as client, room.client(manager) as other:
        case_id = await accept(client, await ask(client, name="", contact=""), [MUSA], [])
        assert await found(other, "Musa") == []
        assert (await other.post(f"/cases/{case_id}/break-glass", json={"reason": "A call."})).status_code == 201
        assert [hit[0] for hit in await found(other, "Musa")] == ["person"]
        team = {"assigned": [officer.id], "recused": [manager.id]}
        named = await client.post(f"/cases/{case_id}/team", json=team, headers={"If-Match": '"1"'})
        assert named.status_code == 200, named.text
        assert await found(other, "Musa") == []


async def test_after_an_unmerge_each_is_found_by_its_own_names_alone(room: Room) -> None:
    """Merged, the words of either lead to the case that they go on as; parted, each leads to itself and to nothing of
    the other, for who is on the case, for who is not, and in every row that an image has."""
    officer, far = staff("intake_officer"), staff("intake_officer")
    async with room.client(officer) as client, room.client(far) as other:
        first = await ask(client, name="Zhanna Cedar", contact="+7 900 000-00-77")
        second = await ask(client, name="Murad Willow", contact="@murad_willow")
        await _merged(client, second, first, 1)
        case_id = await accept(client, first, [MUSA], [])
        musa = (await client.get(f"/cases/{case_id}/people")).json()["people"][0]["id"]
        code_name = (await client.get(f"/cases/{case_id}")).json()["code_name"]

        async def leads_to(asking: httpx.AsyncClient, words: str) -> set[tuple[str, str | None]]:
            hits = (await asking.post("/search", json={"words": words})).json()["items"]
            return {(hit["id"], hit["case_id"]) for hit in hits}

        for words in ("Мурад Виллоу", "murad_willow"):
            assert await leads_to(client, words) == {(second, case_id)}
            assert await leads_to(other, words) == set()
        version = (await client.get(f"/requests/{second}")).json()["version"]
        parted = await client.post(f"/requests/{second}/unmerge", headers={"If-Match": f'"{version}"'})
        assert parted.status_code == 200, parted.text
        for asking in (client, other):
            assert await leads_to(asking, "Murad Willow") == await leads_to(asking, "@Murad_Willow") == {(second, None)}
        for words, wanted in (("Zhanna Cedar", first), ("79000000077", first), ("Musa", musa), (code_name, case_id)):
            assert await leads_to(client, words) == {(wanted, case_id)}
            assert await leads_to(other, words) == set()
        rows = await room.rows(select(TERMS.c.subject_id, TERMS.c.case_id))
        assert {row["case_id"] for row in rows if row["subject_id"] == second} == {None}
        assert {row["case_id"] for row in rows if row["subject_id"] != second} == {case_id}


async def _merged(client: httpx.AsyncClient, request_id: str, into: str, version: int) -> None:
    headers = {"If-Match": f'"{version}"'}
    merged = await client.post(f"/requests/{request_id}/merge", json={"into": into}, headers=headers)
    assert merged.status_code == 200, merged.text


FORMS = {
    "8 (900) 000-00-77": (
        "+7 900 0000077",
        "79000000077",
        "9000000077",
        "tel: 8-900-000-00-77",
        "https://wa.me/79000000077",
    ),
    "https://t.me/Crane_of_Grozny": (
        "@crane_of_grozny",
        "t.me/crane_of_grozny",
        "Telegram: @Crane_of_Grozny",
        "tg @crane_of_grozny",
    ),
    "WhatsApp: +49 (0)151 23456789": ("+4915123456789", "0151 23456789", "wa.me/4915123456789", "0049 151 23456789"),
    "mailto:Lev.Invented@Example.org": ("lev.invented@example.org", "e-mail: LEV.INVENTED@example.org"),
    "signal@example.org": ("Signal@Example.org",),
    "٠٠٤٩١٥١٢٣٤٥٦٧٨٠": ("+49 151 23456780",),
}
"""How somebody left a number or a handle, and how else it is looked for."""


async def test_a_number_and_a_handle_are_found_in_every_form(room: Room) -> None:
    """Dialled at home or from abroad, in other digits, with a word before it or as the address of a page; each leads to
    one request and to no other."""
    async with room.client(staff("intake_officer")) as client:
        for left, looked_for in FORMS.items():
            request = await ask(client, name="", contact=left)
            for words in (left, *looked_for):
                assert [(it[0], it[1]) for it in await found(client, words)] == [("request", request)], words


async def test_the_aunt_who_asked_is_found_and_so_is_what_was_agreed_later(room: Room) -> None:
    """By her name and her number, and by the handle on which she may be reached from now on."""
    aunt = {"name": "Зара Ведова", "contact": "+7 900 000-00-55"}
    async with room.client(staff("intake_officer")) as client:
        body = {**WHISPER, "asked_by": "relative", "third_party": aunt}
        request = (await client.post("/requests", json=body)).json()["id"]
        assert await found(client, "Zara Vedova") == [("request", request, "name", "same")]
        assert await found(client, "8 900 000 00 55") == [("request", request, "contact", "alike")]
        assert await found(client, "@zara_now") == []
        said = {"whom": "asker", "contact": {**EVENINGS, "handle": "t.me/zara_now"}}
        agreed = await client.post(f"/requests/{request}/safe-contact", json=said, headers={"If-Match": '"1"'})
        assert agreed.status_code == 200, agreed.text
        assert await found(client, "@zara_now") == [("request", request, "contact", "same")]


@pytest.mark.parametrize(
    "spelling",
    ["Khaskhanov Musa", "Moussa Hashanov", "Musa Xasxanov", "Mussa Chaschanow", "Хасханов Мусса", "موسى خسخانوف"],
)
async def test_other_spellings_find_the_case(room: Room, spelling: str) -> None:
    """However the name of somebody on it is carried over from another script."""
    async with room.client(staff("intake_officer")) as client:
        case_id = await accept(client, await ask(client, name="", contact=""), [MUSA], [])
        (hit,) = (await client.post("/search", json={"words": spelling})).json()["items"]
    assert (hit["about"], hit["case_id"]) == ("person", case_id)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_what_was_there_before_the_search_is_found_after_an_upgrade(tmp_path: Path, kind: str) -> None:
    """The database of a release without a search: after the upgrade timers walk through requests, people and cases,
    more than one transaction takes, and pass by who was erased."""
    async with open_room(blueprint(ECKey.generate_key("P-256")), tmp_path, kind) as room:
        officer = staff("intake_officer")
        async with room.client(officer) as client:
            case_id = await accept(client, await ask(client, name="Zhanna", contact="@zhanna"), [MUSA], [])
            waiting = [await ask(client, name="", contact=f"+7 900 000-01-{number:02}") for number in range(2 * STEP)]
            code_name = (await client.get(f"/cases/{case_id}")).json()["code_name"]
            gone = waiting.pop()
            await room.vault.destroy([gone])
            await room.database.transact(lambda tx: tx.execute(delete(TERMS)))
            (step,) = room.blueprint.migrations.glob("*_found_as_now.py")
            await migrate(room.url, room.blueprint.migrations, f"{int(step.name[:4]) - 1:04d}")
            assert await found(client, "Musa") == await found(client, code_name) == []
            await migrate(room.url, room.blueprint.migrations)
            for _ in range(4):
                await room.fire()
            assert [hit[0] for hit in await found(client, "Musa")] == ["person"]
            assert await found(client, code_name) == [("case", case_id, "code_name", "same")]
            assert [hit[0] for hit in await found(client, "@zhanna")] == ["request"]
            for number in (0, len(waiting) - 1):
                words = f"8 900 000-01-{number:02}"
                assert [hit[1] for hit in await found(client, words)] == [waiting[number]]
            assert await found(client, f"8 900 000-01-{len(waiting):02}") == []
            rows = await room.rows(select(TERMS.c.subject_id))
            indexed = {row["subject_id"] for row in rows}
            assert (set(waiting) <= indexed, gone in indexed) == (True, False)
        assert await room.rows(select(TIMERS).where(TIMERS.c.kind.like("index_%"))) == []


async def test_a_search_is_on_the_audit_log_without_its_words(room: Room) -> None:
    """One row names who searched and what was shown; the words are nowhere, and the address holds none."""
    officer = staff("intake_officer")
    async with room.client(officer) as client:
        case_id = await accept(client, await ask(client, name="", contact=""), [MUSA], [])
        (hit,) = await found(client, "Musa")
        await found(client, "Nobody Atall")
    rows = [row for row in await room.rows(select(AUDIT)) if row["verb"] == "search"]
    assert [row["actor_id"] for row in rows] == [officer.id, officer.id]
    assert [[row["subjects"].count(it) for it in (case_id, hit[1])] for row in rows] == [[1, 1], [0, 0]]
    assert not any("musa" in str(value).lower() for row in rows for value in row.values())


async def test_a_merged_request_is_found_where_it_went(room: Room) -> None:
    """It follows into the case: those of the case find it, other officers no longer."""
    mine, other = staff("intake_officer"), staff("intake_officer")
    async with room.client(mine) as client, room.client(other) as elsewhere:
        twice, first = await ask(client, name="Ruslan", contact=""), await ask(client, name="", contact="")
        assert [hit[1] for hit in await found(elsewhere, "Ruslan")] == [twice]
        merged = await client.post(f"/requests/{twice}/merge", json={"into": first}, headers={"If-Match": '"1"'})
        assert merged.status_code == 200, merged.text
        await accept(client, first, [ADAM], [])
        assert [hit[1] for hit in await found(client, "Ruslan")] == [twice]
        assert await found(elsewhere, "Ruslan") == []


async def test_who_is_erased_is_found_no_more(room: Room) -> None:
    """Nor are the requests that go with them; the rest of the family is."""
    who = await family(room)
    adam, mila = who.people
    async with room.client(who.officer) as client:
        assert {hit[1] for hit in await found(client, "Adam")} == {adam}
        await erase(room, who, adam, (who.request_id,))
        assert await found(client, "Adam") == []
        assert [hit[1] for hit in await found(client, "Mila")] == [mila]
    assert await room.rows(select(TERMS).where(TERMS.c.subject_id.in_([adam, who.request_id]))) == []


async def test_rows_do_not_tell_what_a_term_is(room: Room) -> None:
    """A name of three words, a phone and a code name have as many rows, of one length, no two of a term alike."""
    async with room.client(staff("intake_officer")) as client:
        request = await ask(client, name="Musa Aslanovich Khaskhanov", contact="+7 900 000-00-01")
        case_id = await accept(client, request, [MUSA], [])
    rows = await room.rows(select(TERMS))
    per_term: dict[tuple[str, int], list[Any]] = {}
    for row in rows:
        per_term.setdefault((row["subject_id"], row["number"]), []).append(row)
    assert {len(some) for some in per_term.values()} == {PLACES}
    assert len({len(row["words"].box) for row in rows}) == 1
    assert {len({row["image"].image for row in some}) for some in per_term.values()} == {PLACES}
    assert {row["case_id"] for row in rows} == {case_id}


async def test_pages_go_on_behind_what_was_shown(room: Room) -> None:
    """As written first, what is alike behind it, nobody twice; a page has at most fifty."""
    async with room.client(staff("intake_officer")) as client:
        alike = {await ask(client, name="Moussa Khaskhanov", contact="") for _ in range(3)}
        same = await ask(client, name="Муса Хасханов", contact="")
        words = {"words": "Муса Хасханов"}
        shown, after = [], None
        while True:
            params = {"limit": "2"} | ({"after": after} if after else {})
            page = await client.post("/search", json=words, params=params)
            shown += [hit["id"] for hit in page.json()["items"]]
            after = page.json()["next"]
            if after is None:
                break
        assert (shown[0], set(shown[1:]), len(shown)) == (same, alike, 4)
        assert problem(await client.post("/search?limit=51", json=words))[0] == 422


@pytest.mark.parametrize("kind", ["postgresql"])
async def test_an_index_is_made_anew_when_the_blind_key_turns(tmp_path: Path, kind: str) -> None:
    """At every step of the rotation the same is found, and afterwards nothing needs the older key."""
    async with open_room(blueprint(ECKey.generate_key("P-256")), tmp_path, kind) as room:
        file = MasterFile(tmp_path / "intake.master.json")
        async with room.client(staff("intake_officer")) as client:
            first = await ask(client, name="Муса Хасханов", contact="+7 900 000-00-01")
            add_key(file, "blind")
            room.vault.renew(file.load(), room._publics)
            use_newest(file, "blind", NOON)
            room.vault.renew(file.load(), room._publics)
            second = await ask(client, name="Musa Khaskhanov", contact="+79000000001")
            for words in ("Musa Khaskhanov", "+7 900 0000001"):
                assert {hit[1] for hit in await found(client, words)} == {first, second}
            blinds = room.blueprint.blinds
            assert await left_blind(room.database, room.vault, blinds) > 0
            await renew_blind(room.database, room.vault, blinds)
            assert await left_blind(room.database, room.vault, blinds) == 0
            assert {hit[1] for hit in await found(client, "Musa Khaskhanov")} == {first, second}


async def test_how_somebody_is_reached_now_leads_to_them(room: Room) -> None:
    """The handle of the present profile finds them, that of an earlier one no longer."""
    async with room.client(staff("intake_officer")) as client:
        case_id = await accept(client, await ask(client, name="", contact=""), [MUSA], [])
        (musa,) = (await client.get(f"/cases/{case_id}/people")).json()["people"]
        assert (await agree(client, musa["id"], 0, handle="+7 900 000-00-55")).is_success
        assert [hit[1:] for hit in await found(client, "0079000000055")] == [(musa["id"], "contact", "same")]
        assert (await agree(client, musa["id"], 1, handle="@Musa_Elsewhere", channel="telegram")).is_success
        assert await found(client, "+7 900 000-00-55") == []
        assert [hit[1] for hit in await found(client, "musa_elsewhere")] == [musa["id"]]
