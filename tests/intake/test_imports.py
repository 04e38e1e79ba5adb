"""Lists from elsewhere, tried out and brought in once; and a case as a government's form."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from services.intake.database import metadata
from services.intake.imports.actions.imports import carry_on
from services.intake.imports.store import BROUGHT_IN, NOT_AGAIN
from services.intake.requests.store.requests import REQUESTS
from services.intake.service import blueprint
from shared.access import Actor, system_actor
from shared.audit import AUDIT
from shared.clock import new_id
from shared.database import Database, Transaction, opened
from shared.vault.files import FILES
from shared.work import Batch, Cause
from tests.intake.conftest import REFERRAL_KEY
from tests.intake.test_entries import enter
from tests.intake.test_erasure import Family, erase
from tests.intake.test_families import family, split
from tests.intake.test_way_to_a_plan import ADAM, accept, ask
from tests.support.consents import spoken
from tests.support.erasure import cells_with
from tests.support.room import Room, open_room, problem, staff

IMPORTER = staff("data_importer")
OFFICER = staff("intake_officer")
BOTH = staff("data_importer", "intake_officer")
SAMPLES = Path(__file__).parent / "samples"

MAPPING = """
source = "hotline"
key = "No."
encoding = "cp1251"

[columns]
name = "Имя"
contact = "Телефон"
story = ["Что случилось", "Заметки"]
country = "Страна"
received_on = "Дата"
asked_by = "Кто"

[constants]
channel = "phone"

[defaults]
language = "ru"

[values.country]
"Россия" = "RU"

[values.asked_by]
"сам" = "self"
"брат" = "relative"

[dates]
received_on = ["%d.%m.%Y"]
"""

HEADER = "No.;Имя;Телефон;Что случилось;Заметки;Страна;Дата;Кто"
GOOD = [
    '1;Адам;+7 900 555-00-21;"Искали дома;\nдважды";;Россия;01.04.2017;сам',
    "2;Борис;+7 900 555-00-22;Ждёт;=HYPERLINK;Россия;02.04.2017;брат",
]
BAD = [
    "3;Вера;;Ждёт;;Атлантида;31.02.2017;сосед",
    "1;Адам;;Ещё раз;;Россия;01.04.2017;сам",
    "5;Глеб;;Ждёт;Россия",
    ";Дина;;Ждёт;;Россия;01.04.2018;сам",
]


async def begin(
    room: Room, client: httpx.AsyncClient, raw: bytes, form: str = "csv", mapping: str = ""
) -> dict[str, Any]:
    begun = await client.post("/imports", json={"form": form, "mapping": mapping})
    assert begun.status_code == 201, begun.text
    kind = "application/json" if raw.lstrip()[:1] in (b"[", b"{") else "text/csv"
    url = f"/imports/{begun.json()['id']}"
    sent = await client.post(f"{url}/file", content=raw, headers={"Content-Type": kind})
    assert sent.status_code == 201, sent.text
    assert (await client.get(url)).json()["reading"] == "waiting"
    assert problem(await client.get(f"{url}/trial")) == (409, "not_read")
    await room.compute()
    return dict((await client.get(url)).json())


async def run(room: Room, client: httpx.AsyncClient, one: dict[str, Any]) -> dict[str, Any]:
    headers = {"If-Match": f'"{one["version"]}"'}
    began = await client.post(f"/imports/{one['id']}/run", headers=headers)
    assert began.status_code == 200, began.text
    await room.fire()
    return dict((await client.get(f"/imports/{one['id']}")).json())


async def requests(room: Room, actor: Actor = OFFICER) -> list[dict[str, Any]]:
    async with room.client(actor) as client:
        found = (await client.get("/requests", params={"limit": 200})).json()["items"]
        return [(await client.get(f"/requests/{one['id']}")).json() for one in found]


async def test_a_list_is_tried_out_and_its_good_rows_are_brought_in_once(room: Room) -> None:
    """Every bad row is named by number, field and reason, nothing of it is told; sent twice, nothing comes twice."""
    raw = "\r\n".join([HEADER, *GOOD, *BAD]).encode("cp1251")
    async with room.client(IMPORTER) as client:
        one = await begin(room, client, raw, mapping=MAPPING)
        tried = await client.get(f"/imports/{one['id']}/trial")
        assert tried.json() == {
            "rows": 6,
            "good": 2,
            "known": 0,
            "bad_rows": 4,
            "faults": [
                {"row": 3, "field": "asked_by", "reason": "value_unknown"},
                {"row": 3, "field": "country", "reason": "not_a_code"},
                {"row": 3, "field": "received_on", "reason": "date_unknown"},
                {"row": 4, "field": "", "reason": "key_repeated"},
                {"row": 5, "field": "", "reason": "cells_differ"},
                {"row": 6, "field": "", "reason": "key_missing"},
                {"row": 6, "field": "received_on", "reason": "date_in_future"},
            ],
            "next": None,
        }
        paged = (await client.get(f"/imports/{one['id']}/trial", params={"limit": 2})).json()
        assert ({it["row"] for it in paged["faults"]}, paged["next"]) == ({3, 4}, 4)
        assert await requests(room) == []
        done = await run(room, client, one)
        assert (done["state"], done["made"], done["known"], done["bad"], done["refused"]) == ("done", 2, 0, 4, [])
        again = await run(room, client, await begin(room, client, raw, mapping=MAPPING))
        assert (again["made"], again["known"]) == (0, 2)
    told = {one["name"]: one for one in await requests(room)}
    assert set(told) == {"Адам", "Борис"}
    assert told["Адам"]["story"] == "Искали дома;\nдважды"
    assert (told["Борис"]["story"], told["Борис"]["asked_by"]) == ("Ждёт\n=HYPERLINK", "relative")
    assert told["Адам"]["received_at"].startswith("2017-04-01")
    verbs = [row["verb"] for row in await room.rows(select(AUDIT.c.verb))]
    assert {"begin_import", "try_import", "run_import", "end_import", "receive_request"} <= set(verbs)


async def test_nothing_of_a_list_stays_when_it_is_over(room: Room) -> None:
    """Done, dropped, or a week old and never run: its file and its key are gone; others never see it."""
    raw = "\n".join([HEADER, *GOOD]).encode("cp1251")
    async with room.client(IMPORTER) as client, room.client(BOTH) as other:
        done = await run(room, client, await begin(room, client, raw, mapping=MAPPING))
        old = await begin(room, client, raw, mapping=MAPPING)
        assert problem(await other.get(f"/imports/{old['id']}")) == (404, "not_found")
        dropped = await begin(room, client, raw, mapping=MAPPING)
        headers = {"If-Match": f'"{dropped["version"]}"'}
        gone = await client.post(f"/imports/{dropped['id']}/cancellation", headers=headers)
        assert gone.json()["state"] == "dropped"
        room.clock.move(room.clock.now() + timedelta(days=7))
        await room.fire()
        assert (await client.get(f"/imports/{old['id']}")).json()["state"] == "dropped"
        for one in (done, old, dropped):
            answer = await client.post(f"/imports/{one['id']}/run", headers=headers)
            assert problem(answer) == (409, "wrong_state")
    assert await room.rows(select(FILES)) == []
    assert await room.vault.ciphers([done["id"], old["id"], dropped["id"]]) == {}


async def test_a_run_goes_on_where_it_was(room: Room) -> None:
    """Forty-five rows are three transactions; one that dies in the middle has done nothing, and nothing comes twice."""
    lines = [f"{number};Имя {number};;Ждёт;;Россия;01.04.2017;сам" for number in range(45)]
    async with room.client(IMPORTER) as client:
        one = await begin(room, client, "\n".join([HEADER, *lines]).encode("cp1251"), mapping=MAPPING)
        headers = {"If-Match": f'"{one["version"]}"'}
        assert (await client.post(f"/imports/{one['id']}/run", headers=headers)).status_code == 200
        await room.database.transact(room.timers._fire)
        assert (await client.get(f"/imports/{one['id']}")).json()["made"] == 20

        async def dies(tx: Any) -> None:
            await room.timers._fire(tx)
            raise RuntimeError("the process dies before its commit")

        with pytest.raises(RuntimeError):
            await room.database.transact(dies)
        assert (await client.get(f"/imports/{one['id']}")).json()["made"] == 20
        await room.fire()
        done = (await client.get(f"/imports/{one['id']}")).json()
        assert (done["state"], done["made"], done["known"]) == ("done", 45, 0)
    assert len(await room.rows(select(REQUESTS.c.id))) == 45


async def test_two_who_bring_in_one_list_at_once_bring_each_row_in_once(tmp_path: Path) -> None:
    """On PostgreSQL, over connections of their own: what one brought in is known to the other."""
    lines = [f"{number};Имя {number};;Ждёт;;Россия;01.04.2017;сам" for number in range(45)]
    raw = "\n".join([HEADER, *lines]).encode("cp1251")
    async with open_room(blueprint(REFERRAL_KEY), tmp_path, "postgresql") as room:
        async with room.client(IMPORTER) as client:
            both = [await begin(room, client, raw, mapping=MAPPING) for _ in range(2)]
            for one in both:
                headers = {"If-Match": f'"{one["version"]}"'}
                assert (await client.post(f"/imports/{one['id']}/run", headers=headers)).status_code == 200
        async with opened(room.url) as here, opened(room.url) as there:
            await asyncio.gather(*(carried(room, its, one["id"]) for its, one in zip((here, there), both, strict=True)))
        async with room.client(IMPORTER) as client:
            done = [(await client.get(f"/imports/{one['id']}")).json() for one in both]
        assert [it["state"] for it in done] == ["done", "done"]
        assert sum(it["made"] for it in done) == sum(it["known"] for it in done) == 45
        assert len(await room.rows(select(REQUESTS.c.id))) == 45


async def carried(room: Room, database: Database, import_id: str) -> None:
    """Three transactions of a run and the one that ends it, as another process would."""

    async def job(tx: Transaction) -> None:
        async with Batch.of(tx, room.tools).work(system_actor("intake"), Cause(new_id())) as work:
            await carry_on(work, import_id)

    for _ in range(4):
        await database.transact(job)


async def test_who_was_erased_is_not_brought_in_again_by_the_same_list(room: Room) -> None:
    """What they were brought in by is gone but for a mark; to whoever sends the list again it all reads as before."""
    raw = "\n".join([HEADER, *GOOD]).encode("cp1251")
    async with room.client(IMPORTER) as client:
        await run(room, client, await begin(room, client, raw, mapping=MAPPING))
        before = await run(room, client, await begin(room, client, raw, mapping=MAPPING))
        tried = (await client.get(f"/imports/{(await begin(room, client, raw, mapping=MAPPING))['id']}/trial")).json()
    request_id = next(one["id"] for one in await requests(room) if one["name"] == "Адам")
    async with room.client(OFFICER) as client:
        case_id = await accept(client, request_id, [ADAM], [])
        (person,) = (await client.get(f"/cases/{case_id}/people")).json()["people"]
    alone = Family(OFFICER, staff("data_protection"), case_id, [person["id"]], request_id)
    await erase(room, alone, person["id"], (request_id,))
    assert request_id not in {row["request_id"] for row in await room.rows(select(BROUGHT_IN))}
    assert len(await room.rows(select(BROUGHT_IN))) == len(await room.rows(select(NOT_AGAIN))) == 1
    assert "brought_in" not in await cells_with(room, metadata, request_id)
    async with room.client(IMPORTER) as client:
        again = await begin(room, client, raw, mapping=MAPPING)
        assert (await client.get(f"/imports/{again['id']}/trial")).json() == tried
        after = await run(room, client, again)
    told = ("state", "made", "known", "bad", "refused")
    assert [after[it] for it in told] == [before[it] for it in told] == ["done", 0, 2, 0, []]
    assert "Адам" not in {one["name"] for one in await requests(room)}


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("No.;Имя\n1;Адам".encode("cp1251"), "encoding_unknown"),
        (b'No.,name\n1,"Adam', "file_broken"),
        (b"No.,No.\n1,2", "column_twice"),
        (b"\n\n", "no_header"),
        (b"[1]", "file_broken"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_whole(room: Room, raw: bytes, reason: str) -> None:
    """And why is said without a word of what is in it."""
    async with room.client(IMPORTER) as client:
        one = await begin(room, client, raw, mapping='source = "x"\nkey = "No."')
        assert problem(await client.get(f"/imports/{one['id']}/trial")) == (422, reason)


@pytest.mark.parametrize("mark", ["utf-8-sig", "utf-16"])
async def test_unicode_says_itself_what_it_is_and_goes_both_ways(room: Room, mark: str) -> None:
    """With a mark at its beginning it needs no word in the mapping; Arabic comes out as it went in."""
    said = 'channel = "web"\nasked_by = "self"\nlanguage = "ar"'
    mapping = f'source = "x"\nkey = "k"\n[columns]\nname = "n"\nstory = "s"\n[constants]\n{said}'
    async with room.client(IMPORTER) as client:
        one = await begin(room, client, "k\tn\ts\n1\tليلى\tفي خطر".encode(mark), mapping=mapping)
        assert (await run(room, client, one))["made"] == 1
    (told,) = await requests(room)
    assert (told["name"], told["story"]) == ("ليلى", "في خطر")


async def test_reports_of_globaleaks_become_requests(room: Room) -> None:
    """What was answered is the story, options by their words; the list of reports in CSV is taken too."""
    async with room.client(IMPORTER) as client:
        one = await begin(room, client, (SAMPLES / "globaleaks.json").read_bytes(), "globaleaks")
        assert (await run(room, client, one))["made"] == 2
        listed = await begin(room, client, (SAMPLES / "globaleaks.csv").read_bytes(), "globaleaks")
        done = await run(room, client, listed)
        assert (done["made"], done["known"]) == (1, 2)
    stories = {told["story"] for told in await requests(room)}
    assert "Safety\nTwo brothers\nWhat happened?: They came to the flat.\nWho is in danger?: My brother" in stories


async def test_cases_of_primero_come_with_their_families(room: Room) -> None:
    """Who shares a family number is one case; an age without a birth date is not guessed; only who opens cases may."""
    raw = (SAMPLES / "primero.json").read_bytes()
    async with room.client(IMPORTER) as client:
        refused = await client.post("/imports", json={"form": "primero"})
        assert problem(refused) == (403, "not_permitted")
    async with room.client(BOTH) as client:
        one = await begin(room, client, raw, "primero")
        tried = (await client.get(f"/imports/{one['id']}/trial")).json()
        assert (tried["rows"], tried["good"]) == (4, 2)
        assert tried["faults"] == [{"row": 4, "field": "born_on", "reason": "missing"}]
        assert (await run(room, client, one))["made"] == 2
        cases = {case["code_name"]: case["id"] for case in (await client.get("/cases")).json()["items"]}
        assert set(cases) == {"a1b2c3d", "f0f0f0f"}
        people = (await client.get(f"/cases/{cases['a1b2c3d']}/people")).json()["people"]
        names = [(one["name_in_use"], one["principal"]) for one in people]
        assert names == [("Salma Invented", True), ("Yusuf Invented", False)]
        flat = await begin(room, client, (SAMPLES / "primero.csv").read_bytes(), "primero")
        assert (await run(room, client, flat))["known"] == 1


async def test_a_case_becomes_the_form_of_a_government(room: Room) -> None:
    """Everybody on it consents, the size is the number of individuals, what somebody keeps is not on it, no formula."""
    asked = {"case_size": 1, "submission_priority": "urgent", "primary_category": "LPN", "secondary_category": "LAFDS"}
    async with room.client(OFFICER) as client:
        formula = {**ADAM, "name_on_papers": "=Adam Birch"}
        case_id = await accept(client, await ask(client), [formula], [])
        url = f"/cases/{case_id}/resettlement-form"
        (person,) = (await client.get(f"/cases/{case_id}/people")).json()["people"]
        assert problem(await client.post(url, json=asked)) == (409, "consent_missing")
        given = await client.post(f"/people/{person['id']}/consents", json=spoken("share_with_government"))
        assert given.status_code == 201, given.text
        for kept, value in ((False, "LP-IH"), (True, "SM-CI")):
            entry = {"kind": "need", "value": value, "source": "person", "since": "2017-04-01", "kept": kept}
            entered = await client.post(f"/people/{person['id']}/entries", json=entry)
            assert entered.status_code == 201, entered.text
        assert problem(await client.post(url, json={**asked, "case_size": 2})) == (409, "case_size_differs")
        form = (await client.post(url, json=asked)).json()
        assert (form["case_size"], form["submission_priority"]) == (1, "urgent")
        (one,) = form["individuals"]
        assert (one["relationship"], one["specific_needs"]) == ("PA", ["LP-IH"])
        listed = await client.post(url, json={**asked, "as_csv": True})
        assert "'=Adam Birch" in listed.json()["csv"]
    async with room.client(staff("caseworker")) as client:
        assert problem(await client.post(url, json=asked)) == (404, "not_found")


async def test_the_form_says_how_everybody_is_related_and_what_they_are(room: Room) -> None:
    """Nationality and marital status of each; how one is related holds as long as the principal applicant does."""
    others = [{**ADAM, "name_in_use": name} for name in ("Timur", "Mila")]
    who = await family(room, ADAM, *others)
    _, timur, mila = who.people
    async with room.client(who.officer) as client:
        for person in who.people:
            await client.post(f"/people/{person}/consents", json=spoken("share_with_government"))
        said = (("relationship", "partner"), ("marital_status", "partnered"), ("nationality", "stateless"))
        for kind, value in said:
            await enter(client, timur, kind, value)
        await enter(client, mila, "relationship", "child")
        await enter(client, mila, "marital_status", "single", kept=True)
        for kind, value in (("relationship", "friend"), ("marital_status", "yes"), ("nationality", "Russia")):
            entry = {"kind": kind, "value": value, "source": "person", "since": "2017-04-01"}
            assert (await client.post(f"/people/{mila}/entries", json=entry)).status_code == 422
        assert await form_of(client, who.case_id, 3) == [
            ("PA", "", ""),
            ("partner", "partnered", "stateless"),
            ("child", "", ""),
        ]
    new = await split(room, who, [timur, mila])
    async with room.client(who.officer) as client:
        assert await form_of(client, new, 2) == [("PA", "partnered", "stateless"), ("", "", "")]
        ends = (await client.get(f"/people/{mila}/entries")).json()["items"]
        assert [one["ended"] is not None for one in ends if one["kind"] == "relationship"] == [True]


async def form_of(client: httpx.AsyncClient, case_id: str, size: int) -> list[tuple[str, str, str]]:
    asked = {"submission_priority": "normal", "primary_category": "LPN", "secondary_category": "SVT"}
    made = await client.post(f"/cases/{case_id}/resettlement-form", json={**asked, "case_size": size})
    assert made.status_code == 200, made.text
    individuals = made.json()["individuals"]
    return [(one["relationship"], one["marital_status"], one["nationality"]) for one in individuals]
