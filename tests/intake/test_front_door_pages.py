"""The public pages: five languages, no script, no cookie, small, and patient with who tries again."""

import re
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po

from services.intake.front_door.model.letters import LANGUAGES
from services.intake.front_door.model.patience import FREE, LONGEST_S, REMEMBERED_S, Patience, Surge
from services.intake.front_door.model.receipts import BITS_OF_A_WORD, COUNT, Receipt, UnreadableError, read
from services.intake.front_door.model.words import ALPHABETS, WORDS, words
from services.intake.front_door.routes.words import HOME
from tests.support.door import open_house

SENTENCE = re.compile(r'_\("((?:[^"\\]|\\.)*)"')


def sentences() -> set[str]:
    return {said for page in (HOME / "templates").glob("*.html") for said in SENTENCE.findall(page.read_text())}


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_every_sentence_is_there_in_every_language(language: str) -> None:
    """None missing, none left over, none fuzzy, and what is filled in stands in both."""
    with (HOME / "locale" / f"{language}.po").open("rb") as file:
        told = {str(one.id): one for one in read_po(file, locale=language) if one.id}
    assert set(told) == sentences()
    for said, one in told.items():
        assert one.string, said
        assert not one.fuzzy, said
        assert re.findall(r"%\(\w+\)s", said) == re.findall(r"%\(\w+\)s", str(one.string)), said


async def test_pages_load_nothing_set_nothing_and_are_small(tmp_path: Path) -> None:
    """Each page in each language: under 50 KB, no script, picture, cookie, or anything from elsewhere."""
    async with open_house(tmp_path) as house:
        for language in LANGUAGES:
            pages = [await house.http.get(f"/{language}{place}") for place in ("", "/ask", "/code", "/safety")]
            words, draft = await house.receipt(language, story="ж" * 7000)
            pages.append(await house.post(f"/{language}/receipt", draft=draft))
            pages.append(await house.post(f"/{language}/receipt/kept", draft=draft))
            sent = await house.post(f"/{language}/receipt/sent", draft=draft, word_2=words[1], word_5=words[4])
            pages += [sent, await house.come_back(language, " ".join(words))]
            for page in pages:
                assert page.status_code == 200
                assert len(page.content) < 50_000
                assert "set-cookie" not in page.headers
                assert not re.search(r"<(script|svg|img|link|iframe|object|video|audio)\b|\son\w+=|url\(", page.text)
                assert page.headers["referrer-policy"] == "no-referrer"
                assert page.headers["cache-control"] == "no-store"
                assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
                assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in page.text
                outside = set(re.findall(r'(?:href|action|src)="(https?://[^"]+)"', page.text))
                assert outside == {"https://www.wikipedia.org/"}


@pytest.mark.parametrize("script", ALPHABETS)
def test_the_words_of_a_script_are_4096_and_no_slip_makes_another(script: Any) -> None:
    """All distinct; one wrong letter, one letter too many or too few, or two that change places, is no other word."""
    every = set(words(script))
    assert len(every) == WORDS == 2**BITS_OF_A_WORD
    assert not every & {word for other in ALPHABETS if other != script for word in words(other)}
    letters = ALPHABETS[script].consonants + ALPHABETS[script].vowels
    for word in words(script)[:: WORDS // 128]:
        for at in range(len(word)):
            changed = {word[:at] + letter + word[at + 1 :] for letter in letters} - {word}
            swapped = {word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :]} - {word}
            assert not (changed | swapped | {word[:at] + word[at + 1 :]}) & every


def test_a_receipt_has_84_bits_and_is_read_as_people_write_it() -> None:
    """In capitals, without blanks, with hyphens, accents, vowel marks and other forms of the same letters."""
    assert WORDS**COUNT == 2**84
    for number in (0, 1, 2**84 - 1, 0x5DEECE66D_1234_5678_9ABC % 2**84):
        receipt = Receipt(number)
        for script in ALPHABETS:
            said = receipt.words(script)  # type: ignore[arg-type]
            for text in (
                " ".join(said),
                "-".join(said).upper(),
                "".join(said),
                "\n".join(f"{w[0]}\u0301{w[1:]}" for w in said),
            ):
                assert read(text) == receipt
    arabic = " ".join(Receipt(77).words("arabic"))
    assert read(arabic.replace("ي", "ی").replace("ك", "ک").replace("ا", "أ").replace(" ", "ـ ")) == Receipt(77)
    with pytest.raises(UnreadableError) as wrong:
        read(" ".join([*Receipt(77).words("latin")[:6], "zzzzzz"]))
    assert wrong.value.word == 7


def test_waiting_grows_with_what_fails_and_is_forgotten_after_ten_minutes() -> None:
    """Nothing, then half a second, doubling, and never longer than some seconds; others do not wait at all."""
    patience = Patience()
    waited = []
    for at in range(12):
        waited.append(patience.wait_s("198.51.100.7", at))
        patience.note("198.51.100.7", at)
    assert waited[: FREE + 1] == [0.0] * FREE + [0.5]
    assert waited[FREE : FREE + 5] == [0.5, 1, 2, 4, 8]
    assert max(waited) == LONGEST_S
    assert patience.wait_s("198.51.100.8", 12) == 0
    assert patience.wait_s("198.51.100.7", 11 + REMEMBERED_S - 1) == LONGEST_S
    assert patience.wait_s("198.51.100.7", 11 + REMEMBERED_S) == 0
    assert len(patience) == 0
    assert "198.51.100" not in repr(vars(patience))


async def test_a_shared_address_is_never_shut_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty wrong codes from one address: a right one from there still opens, later by some seconds at most."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("services.intake.front_door.routes.frame.asyncio.sleep", sleep)
    async with open_house(tmp_path) as house:
        right = await house.ask()
        other, _ = await house.receipt()
        for _ in range(30):
            assert (await house.come_back("en", " ".join(other))).status_code == 404
        assert (await house.come_back("en", right)).status_code == 200
        assert max(slept) == LONGEST_S
        elsewhere = house.from_address("203.0.113.9")
        before = len(slept)
        assert (await elsewhere.post("/en/thread", data={"code": right})).status_code == 200
        assert len(slept) == before


async def test_when_too_many_wait_what_was_written_stays(tmp_path: Path) -> None:
    """Busy is said on the page that was sent, with everything in it."""
    async with open_house(tmp_path) as house:
        house.frame.waiting.most = 0
        for at in range(20):
            house.frame.patience.note("198.51.100.7", 0.0 + at * 1e-3 + 1e9)
        busy = await house.post("/fr/ask", story="Ils sont venus.", name="Lev")
        assert busy.status_code == 503
        assert "Ils sont venus." in busy.text
        assert 'value="Lev"' in busy.text


def test_a_surge_begins_with_many_requests_and_ends_by_itself() -> None:
    """So many within a minute, and it lasts ten; as the setting says it is always or never."""
    surge = Surge("auto", 3)
    for at in (0.0, 40.0, 80.0):
        surge.note(at)
    assert not surge.is_on(81)
    surge.note(90.0)
    assert surge.is_on(91)
    assert not surge.is_on(90 + 600)
    assert Surge("on", 3).is_on(0)
    assert not Surge("off", 1).is_on(0)


async def test_in_a_surge_pages_are_short_and_a_receipt_is_given_all_the_same(tmp_path: Path) -> None:
    """No files and fewer questions, an honest word, and the request arrives."""
    async with open_house(tmp_path, surge="on") as house:
        form = await house.http.get("/en/ask")
        assert "Very many people are asking at this moment." in form.text
        assert 'name="hours"' not in form.text
        words = await house.ask()
        thread = await house.come_back("en", words)
        assert 'type="file"' not in thread.text
        await house.carry()
        assert await house.owned_rows("SELECT id FROM door_letters") == []
