"""A sealed part opens for whom, in what and about whom it was made, to what was in it, or is refused."""

from base64 import b64decode, b64encode
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts.fields import SealedPart, SealRequest
from shared.errors import Refusal
from shared.vault import MasterKeys, PublicKeysets, public_entry, seal
from shared.vault.sealing import open_part
from tests.fuzz.mutants import spoiled_bytes

EVENT, PERSON = "e" * 32, "a" * 32
PLAIN = b'{"born_on":"1990-05-17"}'
IDS = st.one_of(st.sampled_from([EVENT, PERSON, "", "e" * 31, "e" * 33]), st.text(max_size=40))
NAMES = st.one_of(st.sampled_from(["logistics", "notify", "intake", ""]), st.text(max_size=12))
BOUNDED = settings(max_examples=250, deadline=None, derandomize=True, database=None)

Sealed = tuple[MasterKeys, SealedPart]


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    folder: Path = tmp_path_factory.mktemp("seals")
    masters = MasterKeys.create(folder / "notify.json")
    recipients = PublicKeysets({"notify": public_entry(masters)})
    return masters, seal(recipients, EVENT, SealRequest(PERSON, ("notify",), PLAIN))["notify"]


def opened(
    masters: MasterKeys, part: SealedPart, service: str = "notify", event: str = EVENT, about: str = PERSON
) -> str:
    """`opened`, or kind and code of the refusal; anything else is a fall."""
    try:
        found = open_part(masters, service, event, about, part)
    except Refusal as refusal:
        return f"{refusal.kind}:{refusal.code}"
    assert found == PLAIN
    return "opened"


def test_every_bit_counts(sealed: Sealed) -> None:
    """Each single bit of the first 200 bytes and of the last 64, flipped, breaks the seal."""
    masters, part = sealed
    box = b64decode(part.box)
    for at in [*range(200), *range(len(box) - 64, len(box))]:
        for bit in range(8):
            changed = box[:at] + bytes([box[at] ^ (1 << bit)]) + box[at + 1 :]
            assert opened(masters, SealedPart(kid=part.kid, box=b64encode(changed).decode())) == "invalid:seal_broken"


def test_every_shorter_box_is_broken(sealed: Sealed) -> None:
    """Cut anywhere, in front or behind."""
    masters, part = sealed
    box = b64decode(part.box)
    for length in range(0, len(box), 7):
        for cut in (box[:length], box[length + 1 :]):
            assert opened(masters, SealedPart(kid=part.kid, box=b64encode(cut).decode())) == "invalid:seal_broken"


@BOUNDED
@given(data=st.data())
def test_a_spoiled_box_is_refused(sealed: Sealed, data: st.DataObject) -> None:
    """Spoiled in its bytes or in its base64; only what decodes to the same bytes opens."""
    masters, part = sealed
    box = b64decode(part.box)
    raw = data.draw(spoiled_bytes(box))
    text = data.draw(spoiled_bytes(part.box.encode())).decode("latin-1")
    assert (opened(masters, SealedPart(kid=part.kid, box=b64encode(raw).decode())) == "opened") == (raw == box)
    assert opened(masters, SealedPart(kid=part.kid, box=text)) in {"opened", "invalid:seal_broken"}


@BOUNDED
@given(service=NAMES, event=IDS, about=IDS)
def test_it_opens_nowhere_else(sealed: Sealed, service: str, event: str, about: str) -> None:
    """For another service, in another event, about somebody else: broken."""
    masters, part = sealed
    there = (service, event, about) == ("notify", EVENT, PERSON)
    assert opened(masters, part, service, event, about) == ("opened" if there else "invalid:seal_broken")


@BOUNDED
@given(kid=st.text(max_size=40))
def test_an_unknown_key_is_gone(sealed: Sealed, kid: str) -> None:
    """Whatever it is called."""
    masters, part = sealed
    assert opened(masters, SealedPart(kid=kid, box=part.box)) == ("opened" if kid == part.kid else "invalid:key_gone")
