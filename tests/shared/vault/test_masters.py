"""The master file of a service, and how its keys are turned over."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.contracts.fields import SealRequest
from shared.errors import Refusal
from shared.vault import MasterKeys
from shared.vault.masters import MasterFile
from shared.vault.rotation import (
    add_key,
    add_sealing_key,
    described,
    destroy_sealing_keys,
    drop_older,
    retire_sealing_keys,
    use_newest,
)

PERSON = "a" * 32
EVENT = "e" * 32


def test_master_file_is_private(tmp_path: Path) -> None:
    """A new master file can be read and written by its owner only, and nothing else is left beside it."""
    MasterKeys.create(tmp_path / "master.json")
    assert (tmp_path / "master.json").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["master.json"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666])
def test_master_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    """A master file that its group or anybody else can read is not used."""
    path = tmp_path / "master.json"
    MasterKeys.create(path)
    path.chmod(mode)
    with pytest.raises(Refusal) as refused:
        MasterKeys.load(path)
    assert (refused.value.kind, refused.value.code) == ("forbidden", "master_file_open_to_others")


def test_master_file_is_never_replaced_by_a_new_one(tmp_path: Path) -> None:
    """Creating a master file where one stands is refused, and the old one stays as it was."""
    path = tmp_path / "master.json"
    MasterKeys.create(path)
    before = path.read_bytes()
    with pytest.raises(Refusal) as refused:
        MasterKeys.create(path)
    assert (refused.value.kind, refused.value.code) == ("conflict", "master_file_exists")
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["master.json"]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"wrapping": {}, "own": 3}', '{"wrapping": null}'])
def test_broken_master_file_is_refused(tmp_path: Path, content: str) -> None:
    """A file that is no master file is refused by name, without quoting what it holds."""
    path = tmp_path / "master.json"
    path.touch(mode=0o600)
    path.write_text(content)
    with pytest.raises(Refusal) as refused:
        MasterKeys.load(path)
    assert (refused.value.kind, refused.value.code) == ("invalid", "master_file_broken")
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None


def test_master_keys_do_not_show(tmp_path: Path) -> None:
    """Printing the master keys shows nothing of them."""
    assert repr(MasterKeys.create(tmp_path / "master.json")) == "MasterKeys(…)"


def test_importing_has_no_side_effect() -> None:
    """Importing the vault registers nothing with Tink: a key cannot be made before the vault is used."""
    script = (
        "import shared.vault, tink\n"
        "from tink import aead\n"
        "try:\n"
        "    tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM)\n"
        "except tink.TinkError:\n"
        "    print('nothing registered')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "nothing registered\n"


async def test_old_event_opens_until_its_key_is_destroyed(town) -> None:
    """After a rotation new events go to the new key, and old ones open until the old private key is destroyed."""
    file = MasterFile(town.master_file("logistics"))
    old = (await town.vault("intake")).seal(EVENT, SealRequest(PERSON, ("logistics",), b"old"))
    new_kid = add_sealing_key(file)
    retire_sealing_keys(file, datetime(2024, 3, 1, tzinfo=UTC))
    new = (await town.vault("intake")).seal(EVENT, SealRequest(PERSON, ("logistics",), b"new"))
    assert new["logistics"].kid == new_kid
    assert old["logistics"].kid != new_kid

    logistics = await town.vault("logistics")
    assert logistics.open(EVENT, PERSON, old) == b"old"
    assert logistics.open(EVENT, PERSON, new) == b"new"

    gone = destroy_sealing_keys(file, datetime(2024, 4, 5, tzinfo=UTC))
    assert gone == [old["logistics"].kid]
    later = await town.vault("logistics")
    assert later.open(EVENT, PERSON, new) == b"new"
    with pytest.raises(Refusal) as refused:
        later.open(EVENT, PERSON, old)
    assert (refused.value.kind, refused.value.code) == ("invalid", "key_gone")


def test_sealing_keys_are_destroyed_by_their_age(tmp_path: Path) -> None:
    """Only keys that retired before the given instant are destroyed; the newest never is."""
    file = MasterFile(tmp_path / "master.json")
    (first,) = file.create().publics()
    second = add_sealing_key(file)
    assert add_sealing_key(file) == second
    assert destroy_sealing_keys(file, datetime(2030, 1, 1, tzinfo=UTC)) == []
    retire_sealing_keys(file, datetime(2024, 3, 1, tzinfo=UTC))
    third = add_sealing_key(file)
    retire_sealing_keys(file, datetime(2024, 3, 8, tzinfo=UTC))
    assert destroy_sealing_keys(file, datetime(2024, 3, 1, tzinfo=UTC)) == []
    assert destroy_sealing_keys(file, datetime(2024, 3, 2, tzinfo=UTC)) == [first]
    assert list(file.load().publics()) == [second, third]
    assert destroy_sealing_keys(file, datetime(2030, 1, 1, tzinfo=UTC)) == [second]
    assert list(file.load().publics()) == [third]
    assert file.path.stat().st_mode & 0o777 == 0o600


async def test_wrapping_key_rotates(town) -> None:
    """Persons' keys that an older wrapping key wrapped still open; new ones open only for who has the new key."""
    file = MasterFile(town.master_file("intake"))
    first = await town.vault("intake")
    await first.keep([first.mint(PERSON)])
    box = (await first.cipher(PERSON)).encrypt("people.name/1", b"Aslan")

    add_key(file, "wrapping")
    prepared = await town.vault("intake")
    use_newest(file, "wrapping", datetime(2024, 3, 1, tzinfo=UTC))
    turned = await town.vault("intake")
    assert (await turned.cipher(PERSON)).decrypt("people.name/1", box) == b"Aslan"

    other = "b" * 32
    await turned.keep([turned.mint(other)])
    assert await prepared.cipher(other)
    with pytest.raises(Refusal) as refused:
        await first.cipher(other)
    assert (refused.value.kind, refused.value.code) == ("unavailable", "key_of_another_master")


def test_steps_in_the_file_may_be_repeated(tmp_path: Path) -> None:
    """A second try adds no second key and drops none in use; each real change is a generation of its own."""
    file, day = MasterFile(tmp_path / "master.json"), datetime(2024, 3, 1, tzinfo=UTC)
    assert file.create().generation == 1
    for _ in range(2):
        add_key(file, "own")
    assert (file.load().generation, len(file.load().retired_own)) == (2, 1)
    for _ in range(2):
        use_newest(file, "own", day)
    assert (file.load().generation, len(file.load().retired_own)) == (3, 1)
    assert [drop_older(file, "own", file.load().generation) for _ in "12"] == [1, 0]
    assert (file.load().generation, file.load().retired_own) == (4, ())
    assert [(part, count) for part, count, _ in described(file)] == [
        ("wrapping", 1),
        ("own", 1),
        ("blind", 1),
        ("sealing", 1),
    ]
    assert ("own", 1, "2024-03-01T00:00:00+00:00") in described(file)


@pytest.mark.parametrize("part", ["wrapping", "blind", "sealing"])
def test_ring_that_cannot_be_read_is_not_written(tmp_path: Path, part: str) -> None:
    """A rotation that meets a damaged key is refused and leaves the file as it was."""
    path = tmp_path / "master.json"
    MasterKeys.create(path)
    path.write_text(json.dumps({**json.loads(path.read_bytes()), part: {"key": []}}))
    before = path.read_bytes()
    for rotate in (lambda file: add_key(file, "wrapping"), lambda file: drop_older(file, "own", 1), add_sealing_key):
        with pytest.raises(Refusal) as refused:
            rotate(MasterFile(path))
        assert refused.value.code == "master_file_broken"
        assert path.read_bytes() == before
