"""Sealed parts: who opens them, and what their length tells."""

from base64 import b64decode, b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shared.contracts.fields import SealedPart, SealRequest
from shared.errors import Refusal
from shared.vault import MasterKeys, PublicKeysets, public_entry, seal
from shared.vault.sealing import open_part

PERSON, OTHER = "a" * 32, "b" * 32
EVENT = "e" * 32


@pytest.fixture(scope="module")
def notify(tmp_path_factory: pytest.TempPathFactory) -> MasterKeys:
    return MasterKeys.create(tmp_path_factory.mktemp("notify") / "master.json")


@pytest.fixture(scope="module")
def recipients(notify: MasterKeys) -> PublicKeysets:
    return PublicKeysets({"notify": public_entry(notify)})


async def test_each_recipient_opens_its_own_part(town) -> None:
    """Every named recipient opens the value, from a box of its own."""
    parts = (await town.vault("intake")).seal(EVENT, SealRequest(PERSON, ("logistics", "notify"), b"needs a ramp"))
    assert sorted(parts) == ["logistics", "notify"]
    assert parts["logistics"].box != parts["notify"].box
    assert (await town.vault("logistics")).open(EVENT, PERSON, parts) == b"needs a ramp"
    assert (await town.vault("notify")).open(EVENT, PERSON, parts) == b"needs a ramp"


async def test_not_sealed_to_us(town) -> None:
    """A service without a part is told so, the publisher too."""
    intake = await town.vault("intake")
    parts = intake.seal(EVENT, SealRequest(PERSON, ("notify",), b"x"))
    with pytest.raises(Refusal) as refused:
        intake.open(EVENT, PERSON, parts)
    assert (refused.value.kind, refused.value.code) == ("invalid", "not_sealed_to_us")


async def test_part_of_another_recipient_does_not_open(town) -> None:
    """A part taken from another recipient names a key that is not ours."""
    parts = (await town.vault("intake")).seal(EVENT, SealRequest(PERSON, ("notify",), b"x"))
    with pytest.raises(Refusal) as refused:
        (await town.vault("logistics")).open(EVENT, PERSON, {"logistics": parts["notify"]})
    assert (refused.value.kind, refused.value.code) == ("invalid", "key_gone")


def test_part_made_for_another_name_does_not_open(notify: MasterKeys, recipients: PublicKeysets) -> None:
    """Even under the right key, a box says which service it was made for."""
    part = seal(recipients, EVENT, SealRequest(PERSON, ("notify",), b"x"))["notify"]
    with pytest.raises(Refusal) as refused:
        open_part(notify, "intake", EVENT, PERSON, part)
    assert (refused.value.kind, refused.value.code) == ("invalid", "seal_broken")


@pytest.mark.parametrize(("event", "about"), [("f" * 32, PERSON), (EVENT, OTHER), (PERSON, EVENT)])
async def test_part_moved_elsewhere_does_not_open(town, event: str, about: str) -> None:
    """A part put into another event, or said to be about another person, does not open."""
    parts = (await town.vault("intake")).seal(EVENT, SealRequest(PERSON, ("notify",), b"x"))
    with pytest.raises(Refusal) as refused:
        (await town.vault("notify")).open(event, about, parts)
    assert (refused.value.kind, refused.value.code) == ("invalid", "seal_broken")


@pytest.mark.parametrize("spoil", ["flip", "cut", "not base64", "empty", "foreign"])
def test_changed_box_does_not_open(notify: MasterKeys, recipients: PublicKeysets, spoil: str) -> None:
    """A changed, cut or foreign box is refused, never half opened."""
    part = seal(recipients, EVENT, SealRequest(PERSON, ("notify",), b"x"))["notify"]
    raw = b64decode(part.box)
    boxes = {
        "flip": b64encode(raw[:-1] + bytes([raw[-1] ^ 1])).decode(),
        "cut": b64encode(raw[:40]).decode(),
        "not base64": "§" + part.box[1:],
        "empty": "",
        "foreign": b64encode(bytes(1072)).decode(),
    }
    with pytest.raises(Refusal) as refused:
        open_part(notify, "notify", EVENT, PERSON, SealedPart(kid=part.kid, box=boxes[spoil]))
    assert (refused.value.kind, refused.value.code) == ("invalid", "seal_broken")


@pytest.mark.parametrize(
    ("length", "box_length"),
    [(0, 1432), (1, 1432), (500, 1432), (1020, 1432), (1021, 5528), (4092, 5528), (4093, 21912), (16380, 21912)],
)
def test_box_has_one_of_three_lengths(
    notify: MasterKeys, recipients: PublicKeysets, length: int, box_length: int
) -> None:
    """Up to 1,020, 4,092 and 16,380 bytes all boxes are equally long: 1, 4 or 16 KiB and 48 bytes, in base64."""
    part = seal(recipients, EVENT, SealRequest(PERSON, ("notify",), b"x" * length))["notify"]
    assert len(part.box) == box_length
    assert open_part(notify, "notify", EVENT, PERSON, part) == b"x" * length


def test_too_large_to_seal(recipients: PublicKeysets) -> None:
    """A value that does not fit 16 KiB with its length is refused."""
    with pytest.raises(Refusal) as refused:
        seal(recipients, EVENT, SealRequest(PERSON, ("notify",), b"x" * 16381))
    assert (refused.value.kind, refused.value.code) == ("invalid", "too_large_to_seal")


@given(plain=some.binary(max_size=1020))
def test_any_small_value_comes_back(notify: MasterKeys, recipients: PublicKeysets, plain: bytes) -> None:
    """Any bytes come back as they were, zeros at either end too, in a box that looks like all others."""
    part = seal(recipients, EVENT, SealRequest(PERSON, ("notify",), plain))["notify"]
    assert len(part.box) == 1432
    assert open_part(notify, "notify", EVENT, PERSON, part) == plain
