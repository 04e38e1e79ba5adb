"""Lists from elsewhere at the desk, and the form of a case, in front of a real intake."""

from pathlib import Path

import httpx

from tests.desk.conftest import believe
from tests.desk.parlour import Browser, open_parlour
from tests.desk.test_approvals import member
from tests.desk.test_case import ADAM, SAMI, open_case
from tests.intake.test_imports import BAD, GOOD, HEADER, MAPPING, SAMPLES
from tests.support.consents import spoken
from tests.support.room import Room

LIST = "\r\n".join([HEADER, *GOOD, *BAD]).encode("cp1251")


async def send(browser: Browser, content: bytes, name: str, **typed: str) -> httpx.Response:
    """The page of an import that was just begun."""
    kind = "application/json" if name.endswith("json") else "application/vnd.ms-excel"
    begun = await browser.upload(await browser.get("/imports"), "/imports", (name, content, kind), **typed)
    assert begun.status_code == 303, begun.text
    return await browser.get(begun.headers["location"])


async def run(browser: Browser, intake: Room, page: httpx.Response) -> str:
    path = page.url.path
    began = await browser.submit(page, f"{path}/run")
    assert began.status_code == 303, began.text
    assert "It is being brought in" in (await browser.get(path)).text
    await intake.fire()
    return (await browser.get(path)).text


async def test_a_list_is_sent_tried_out_and_brought_in(tmp_path: Path, intake: Room) -> None:
    """Every bad row is named with what is wrong and none of its words; sent again, all of it is here already."""
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        browser = await parlour.sign_in("officer")
        assert 'href="/imports"' in (await browser.get("/requests")).text
        page = await send(browser, LIST, "list.csv", form="csv", mapping=MAPPING)
        assert "The file is being read." in page.text
        await intake.compute()
        page = await browser.get(page.url.path)
        told = " ".join(page.text.split())
        for row, field, reason in (
            (3, "Country", "It is no code, such as RU or ru."),
            (3, "Day it was received", "It is no date in a form that the mapping names."),
            (4, "the row as a whole", "An earlier row has the same key."),
            (6, "Day it was received", "The day has not come."),
        ):
            assert f'Row {row}</th><td data-label="What of it">{field}</td>' in told
            assert reason in told
        assert "Атлантида" not in told
        assert "Вера" not in told
        done = await run(browser, intake, page)
        assert "Brought in</dt><dd>2" in done
        assert "Rows left out</dt><dd>4" in done
        again = await send(browser, LIST, "list.csv", form="csv", mapping=MAPPING)
        await intake.compute()
        assert "Here already</dt><dd>2" in (await browser.get(again.url.path)).text
        gone = await browser.submit(again, f"{again.url.path}/cancellation")
        assert gone.status_code == 303, gone.text
        assert ">dropped<" in (await browser.get("/imports")).text
        nothing = await browser.upload(await browser.get("/imports"), "/imports", ("", b"", ""), form="csv")
        assert nothing.status_code == 422


async def test_exports_of_others_come_in_the_same_way(tmp_path: Path, intake: Room) -> None:
    """GlobaLeaks and Primero without a mapping; what cannot be read is said, and another file takes its place."""
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        browser = await parlour.sign_in("officer")
        for form in ("globaleaks", "primero"):
            page = await send(browser, b'[{"id": ', f"{form}.json", form=form)
            await intake.compute()
            page = await browser.get(page.url.path)
            assert "It is neither a table nor JSON that ends well." in page.text
            whole = (f"{form}.json", (SAMPLES / f"{form}.json").read_bytes(), "application/json")
            other = await browser.upload(page, f"{page.url.path}/file", whole)
            assert other.status_code == 303, other.text
            await intake.compute()
            assert "Brought in</dt><dd>2" in await run(browser, intake, await browser.get(page.url.path))


async def test_a_case_goes_out_as_the_form_of_a_government(tmp_path: Path, intake: Room) -> None:
    """From the case page: who is related how, as a page and as a table; the size is the number of individuals."""
    case_id = await open_case(intake, "Larch 2", [ADAM, SAMI])
    async with intake.client(member("officer")) as client:
        people = (await client.get(f"/cases/{case_id}/people")).json()["people"]
        for person in people:
            await client.post(f"/people/{person['id']}/consents", json=spoken("share_with_government"))
    path = f"/cases/{case_id}/resettlement-form"
    asked = {"submission_priority": "urgent", "primary_category": "LPN", "secondary_category": "LAFDS"}
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        browser = await parlour.sign_in("officer")
        who = f"/people/{people[1]['id']}"
        for what, text in (("relationship:partner", ""), ("marital_status:partnered", ""), ("nationality", "RU")):
            typed = {"what": what, "text": text, "since": "2017-04-01", "source": "person"}
            entered = await browser.submit(await browser.get(who), f"{who}/entries", **typed)
            assert entered.status_code == 303, entered.text
        assert f'href="{path}"' in (await browser.get(f"/cases/{case_id}")).text
        page = await browser.get(path)
        assert (await browser.submit(page, path, case_size="1", **asked)).status_code == 409
        made = (await browser.submit(await browser.get(path), path, case_size="2", **asked)).text
        assert "principal applicant</dd>" in made
        assert "<dd>Partner</dd>" in made
        assert "<dd>Living with a partner</dd>" in made
        assert "<dd>RU</dd>" in made
        table = await browser.submit(await browser.get(path), path, case_size="2", as_csv="true", **asked)
        assert table.headers["content-type"].startswith("text/csv")
        assert "partner" in table.text.splitlines()[2]
