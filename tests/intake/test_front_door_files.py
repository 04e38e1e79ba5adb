"""Files at the front door: made anew, so that nothing goes with them that cannot be seen."""

import io
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from services.intake.front_door.routes.forms import FILE
from tests.intake.test_front_door import the_thread
from tests.support.door import House, open_house
from tests.support.room import staff

PLACE = b"43.3178-N-45.6949-E"
DEVICE = b"Invented Phone 7"


def jpeg(colour: str = "navy") -> bytes:
    """A picture with place, device, comment and a profile of its own."""
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x010F] = DEVICE.decode()
    exif[0x8825] = {1: "N", 29: PLACE.decode()}
    exif[0x0112] = 6
    Image.new("RGB", (80, 40), colour).save(out, "JPEG", exif=exif, comment=PLACE, icc_profile=b"profile of " + DEVICE)
    return out.getvalue()


def png() -> bytes:
    out, told = io.BytesIO(), PngInfo()
    told.add_text("Author", PLACE.decode())
    Image.new("RGBA", (30, 30), (0, 0, 0, 0)).save(out, "PNG", pnginfo=told)
    return out.getvalue() + DEVICE


async def send(house: House, page: httpx.Response, content: bytes, name: str = "x.jpg") -> httpx.Response:
    token = page.text.split('action="/en/thread/file"')[1].split('value="')[1].split('"')[0]
    return await house.http.post("/en/thread/file", data={"visit": token}, files={"file": (name, content)})


@pytest.fixture
async def house(tmp_path: Path) -> Any:
    async with open_house(tmp_path) as opened:
        yield opened


async def fetched(house: House) -> list[tuple[str, bytes]]:
    """Media type and content of the files of the thread, as an officer downloads them."""
    await house.carry()
    thread = await the_thread(house)
    got = []
    async with house.room.client(staff("intake_officer")) as officer:
        letters = (await officer.get(f"/requests/{thread['request_id']}/letters")).json()["items"]
        for letter in letters:
            if letter["file"]:
                answer = await officer.get(f"/letters/{letter['id']}/file")
                got.append((answer.headers["content-type"], answer.content))
    return got


async def test_pictures_are_made_anew_and_carry_nothing(house: House) -> None:
    """Place, device, comment, profile, text and what hangs behind the end are gone; what is seen is the same."""
    words = await house.ask()
    page = await house.come_back("en", words)
    assert PLACE in jpeg()
    assert DEVICE in jpeg()
    for content in (jpeg(), png(), "Привет\n".encode()):
        page = await send(house, page, content, name=f"{DEVICE.decode()}.jpg")
        assert page.status_code == 200, page.text
    first, second, third = await fetched(house)
    assert (first[0], second[0]) == ("image/jpeg", "image/png")
    assert (third[0].partition(";")[0], third[1]) == ("text/plain", "Привет\n".encode())
    for _, content in (first, second):
        assert PLACE not in content
        assert DEVICE not in content
        with Image.open(io.BytesIO(content)) as seen:
            assert not seen.getexif()
            assert not {"icc_profile", "comment", "Author", "exif"} & set(seen.info)
    with Image.open(io.BytesIO(first[1])) as seen:
        assert seen.size == (40, 80)  # turned as the camera meant it


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "No file was chosen."),
        (b"%PDF-1.7 with a name in it", "PDF files are not taken"),
        (b"MZ\x00\x01\x02 a program", "not a picture or a text"),
        (b"\xff\xd8\xff\xe0 no picture", "not a picture or a text"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>\x00", "not a picture or a text"),
        (b"a" * (FILE + 1), "too large"),
    ],
    ids=["none", "pdf", "program", "broken", "binary", "large"],
)
async def test_what_is_not_taken_is_said_so_and_nothing_is_kept(house: House, content: bytes, said: str) -> None:
    """The thread's page says why; no letter is on its way."""
    words = await house.ask()
    await house.carry()
    page = await house.come_back("en", words)
    refused = await send(house, page, content)
    assert refused.status_code == 422
    assert said in refused.text
    assert await house.owned_rows("SELECT id FROM door_letters") == []
