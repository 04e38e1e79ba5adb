"""Sealing keys turn over: everywhere before it is used, named to all when it is, destroyed by its age."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.contracts.fields import SealRequest
from shared.database import Database
from shared.errors import Refusal
from shared.rekeying import RETIRE, ROTATE, Rekeying
from shared.vault import KeyStore, PublicKeysets, Vault, create_tables
from shared.vault.masters import MasterFile, put_in_place
from shared.vault.recipients import public_entry
from shared.vault.watching import KeyFiles

EVENT, ANNA = "e" * 32, "a" * 32


@pytest.fixture
async def files(tmp_path: Path) -> KeyFiles:
    """The files of intake, in a deployment that names notify too."""
    master, other = MasterFile(tmp_path / "master.json"), MasterFile(tmp_path / "notify.json")
    entries = {"intake": public_entry(master.create()), "notify": public_entry(other.create())}
    put_in_place(tmp_path / "public.json", json.dumps(entries).encode(), replace=True)
    return KeyFiles(master, tmp_path / "public.json")


async def go(files: KeyFiles, keys: Database, steps: dict[str, tuple[str, ...]]) -> None:
    rekeying = Rekeying("intake", files, keys, keys, [], [])
    assert [told async for told in rekeying.go("sealing", steps["sealing"])]


async def test_the_others_seal_to_the_new_key_and_the_old_one_ends_by_age(files: KeyFiles, open_database) -> None:
    """34 days after it retired the old key still opens; after 36 it is gone from the file and from what is public."""
    keys = await open_database(files.master.path.with_name("keys.db"))
    await create_tables(keys)
    notify = json.loads(files.recipients.read_bytes())["notify"]

    def vault() -> Vault:
        return Vault("intake", *files.load(), KeyStore(keys))

    request = SealRequest(ANNA, ("intake",), b"told")
    old = vault().seal(EVENT, request)
    await go(files, keys, ROTATE)
    new = vault().seal(EVENT, request)
    assert new["intake"].kid != old["intake"].kid
    for age, opens in ((34, True), (36, False)):
        ring = files.master.read()
        assert "retired" not in ring["sealing"][-1]
        ring["sealing"][0]["retired"] = (datetime.now(UTC) - timedelta(days=age)).isoformat()
        files.master.write(ring, replace=True)
        await go(files, keys, RETIRE)
        assert vault().open(EVENT, ANNA, new) == b"told"
        if opens:
            assert vault().open(EVENT, ANNA, old) == b"told"
    with pytest.raises(Refusal, match="key_gone"):
        vault().open(EVENT, ANNA, old)
    public = json.loads(files.recipients.read_bytes())
    assert [(key["kid"], key["primary"]) for key in public["intake"]] == [(new["intake"].kid, True)]
    assert public["notify"] == notify
    assert PublicKeysets.load(files.recipients).current("intake")[0] == new["intake"].kid


async def test_a_key_that_is_not_everywhere_is_not_published(files: KeyFiles, open_database) -> None:
    """While a running process could not open what is sealed to it, nobody is told to seal to it."""
    keys = await open_database(files.master.path.with_name("keys.db"))
    await create_tables(keys)
    before = files.recipients.read_bytes()
    await KeyStore(keys).report(ANNA, 1)
    rekeying = Rekeying("intake", files, keys, keys, [], [], patience_s=0.2)
    with pytest.raises(Refusal, match="key_not_everywhere"):
        [told async for told in rekeying.go("sealing", ROTATE["sealing"])]
    assert len(files.master.read()["sealing"]) == 2
    assert files.recipients.read_bytes() == before
