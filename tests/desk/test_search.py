"""The search page, in front of a real intake."""

from pathlib import Path

from tests.desk.conftest import believe
from tests.desk.parlour import open_parlour
from tests.desk.test_case import ADAM, open_case
from tests.support.room import Room


async def test_the_words_are_in_no_address(tmp_path: Path, intake: Room) -> None:
    """Who is found stands on the page with a link to the case; who is not, not; the words go in a body only."""
    case_id = await open_case(intake, "Larch 2", [ADAM])
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        browser = await parlour.sign_in("officer")
        page = await browser.get("/search")
        found = await browser.submit(page, "/search", words="Inventedpapers Rosalind")
        nothing = await browser.submit(page, "/search", words="Nobody Atall")
        stranger = await parlour.sign_in("coordinator")
        unseen = await stranger.submit(await stranger.get("/search"), "/search", words="Inventedpapers Rosalind")
    assert (found.status_code, f'href="/cases/{case_id}">Larch 2<' in found.text) == (200, True)
    assert "Rosalind Inventedpapers" in found.text
    assert all("Nothing that you may see is called so." in it.text for it in (nothing, unseen))
    assert not any("nvented" in str(request.url) or "Nobody" in str(request.url) for request in parlour.wires.asked)
    assert found.headers["referrer-policy"] == "no-referrer"
