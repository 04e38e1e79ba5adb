"""Letters of who came through the front door, at the desk."""

from pathlib import Path

from tests.desk.conftest import believe
from tests.desk.parlour import open_parlour
from tests.support.door import open_house

STORY = "They wrote <b>this</b> on my door."


async def test_an_officer_reads_and_answers(tmp_path: Path) -> None:
    """Who waits is listed; a letter is shown as it was written; the answer arrives, and the list is empty."""
    async with (
        open_house(tmp_path) as house,
        open_parlour(tmp_path, intake=believe(house.room, tmp_path).app) as parlour,
    ):
        code = await house.ask("fr", story=STORY)
        await house.carry()
        browser = await parlour.sign_in("officer")
        listed = await browser.get("/threads")
        assert "waits for an answer" in listed.text
        path = listed.text.split('href="/threads/')[1].split('"')[0]
        page = await browser.get(f"/threads/{path}")
        assert "They wrote &lt;b&gt;this&lt;/b&gt; on my door." in page.text
        assert "1 unread" in listed.text
        empty = await browser.submit(page, f"/threads/{path}/answer", text="  ")
        assert empty.status_code == 422
        read = await browser.submit(page, f"/threads/{path}/reading")
        assert read.status_code == 303
        late = await browser.submit(page, f"/threads/{path}/answer", text="Êtes-vous seule ?")
        assert late.status_code == 412
        assert "Êtes-vous seule ?" in late.text
        sent = await browser.submit(late, f"/threads/{path}/answer", text="Êtes-vous seule ?")
        assert sent.status_code == 303
        assert "Nobody waits" in (await browser.get("/threads")).text
        await house.carry()
        assert "Êtes-vous seule ?" in (await house.come_back("fr", code)).text


async def test_a_stranger_learns_nothing_of_a_thread(tmp_path: Path) -> None:
    """Who may not see the request gets the page of what is not there."""
    async with (
        open_house(tmp_path) as house,
        open_parlour(tmp_path, intake=believe(house.room, tmp_path).app) as parlour,
    ):
        await house.ask()
        await house.carry()
        officer = await parlour.sign_in("officer")
        path = (await officer.get("/threads")).text.split('href="/threads/')[1].split('"')[0]
        stranger = await parlour.sign_in("coordinator")
        there, nowhere = [await stranger.get(f"/threads/{one}") for one in (path, "0" * 32)]
        shown = [page.text.split("<main")[1].replace("0" * 32, path) for page in (there, nowhere)]
        assert shown[0] == shown[1]
        assert there.status_code == nowhere.status_code == 404
