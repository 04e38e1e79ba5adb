"""What a service can and cannot do with the keys of persons."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import Column, MetaData, String, Table, insert, select
from sqlalchemy.schema import CreateTable

from shared.errors import Refusal
from shared.vault import Ciphertext, Encrypted, MasterKeys, SubjectCipher, Vault
from shared.vault.cache import Cache

ANNA, BELA, VERA = "a" * 32, "b" * 32, "c" * 32
NAME = "people.name/1"

PEOPLE = Table("people", MetaData(), Column("id", String(32), primary_key=True), Column("name", Encrypted))


@pytest.fixture
async def intake(town) -> Vault:
    """Intake, where Anna and Bela have keys."""
    vault = await town.vault("intake")
    await vault.keep([vault.mint(ANNA), vault.mint(BELA)])
    return vault


async def test_round_trips(intake: Vault) -> None:
    """Bytes, text and JSON come back as they were, and two ciphertexts of one value differ."""
    anna = await intake.cipher(ANNA)
    assert anna.decrypt(NAME, anna.encrypt(NAME, b"\x00\xff")) == b"\x00\xff"
    assert anna.decrypt_text(NAME, anna.encrypt_text(NAME, "Анна")) == "Анна"
    assert anna.decrypt_json(NAME, anna.encrypt_json(NAME, {"needs": ["ramp", 2]})) == {"needs": ["ramp", 2]}
    assert anna.encrypt(NAME, b"x") != anna.encrypt(NAME, b"x")


async def test_another_process_opens_what_was_kept(town, intake: Vault) -> None:
    """A kept key opens in every replica of the service."""
    box = (await intake.cipher(ANNA)).encrypt_text(NAME, "Anna")
    replica = await town.vault("intake")
    assert (await replica.cipher(ANNA)).decrypt_text(NAME, box) == "Anna"


async def test_ciphertext_moved_elsewhere_does_not_open(intake: Vault) -> None:
    """A ciphertext put into another row, column or person does not open."""
    anna, bela = await intake.cipher(ANNA), await intake.cipher(BELA)
    box = anna.encrypt_text(NAME, "Anna")
    for cipher, context in ((anna, "people.name/2"), (anna, "people.cover_name/1"), (bela, NAME)):
        with pytest.raises(Refusal) as refused:
            cipher.decrypt_text(context, box)
        assert (refused.value.kind, refused.value.code) == ("invalid", "ciphertext_broken")


async def test_changed_ciphertext_does_not_open(intake: Vault) -> None:
    """One changed bit anywhere, a cut or an empty ciphertext is refused."""
    anna = await intake.cipher(ANNA)
    box = anna.encrypt(NAME, b"Anna").box
    flipped = [box[:at] + bytes([box[at] ^ 1]) + box[at + 1 :] for at in range(len(box))]
    for broken in [*flipped, box[:-1], b""]:
        with pytest.raises(Refusal) as refused:
            anna.decrypt(NAME, Ciphertext(broken))
        assert refused.value.code == "ciphertext_broken"


async def test_key_is_bound_to_service_and_subject(town, tmp_path: Path) -> None:
    """The same key bytes under another service's or subject's name open nothing."""
    own = MasterKeys.load(town.master_file("intake")).own
    box = SubjectCipher("intake", ANNA, own).encrypt(NAME, b"Anna")
    for service, subject in (("notify", ANNA), ("intake", BELA), ("intakea", ANNA[1:])):
        with pytest.raises(Refusal):
            SubjectCipher(service, subject, own).decrypt(NAME, box)


async def test_wrapped_key_moved_to_another_subject_does_not_unwrap(town) -> None:
    """Whoever can write to the key store cannot give one person's key to another."""
    vault, store = await town.vault("intake"), await town.store("intake")
    key = vault.mint(ANNA)
    await store.keep([type(key)(BELA, key.wrapped)])
    with pytest.raises(Refusal) as refused:
        await vault.cipher(BELA)
    assert (refused.value.kind, refused.value.code) == ("unavailable", "key_of_another_master")


async def test_many_ciphers_at_once(town, intake: Vault) -> None:
    """Ciphers of many come together; those without a key are absent."""
    replica = await town.vault("intake")
    found = await replica.ciphers([ANNA, VERA, BELA, ANNA])
    assert sorted(found) == [ANNA, BELA]
    box = (await intake.cipher(BELA)).encrypt_text(NAME, "Bela")
    assert found[BELA].decrypt_text(NAME, box) == "Bela"
    assert await replica.ciphers([]) == {}


async def test_unknown_subject_has_no_cipher(intake: Vault) -> None:
    """A subject without a key is answered like one whose key was destroyed."""
    with pytest.raises(Refusal) as refused:
        await intake.cipher(VERA)
    assert (refused.value.kind, refused.value.code) == ("not_found", "key_destroyed")


async def test_destroyed_key_opens_no_old_copy(town, open_database, tmp_path: Path) -> None:
    """After the key is destroyed, not even a copy of the main database made before tells anything."""
    vault = await town.vault("intake")
    main = await open_database(tmp_path / "main.db")
    await main.transact(lambda tx: tx.execute(CreateTable(PEOPLE)))
    await vault.keep([vault.mint(ANNA), vault.mint(BELA)])
    anna = await vault.cipher(ANNA)
    row = {"id": ANNA, "name": anna.encrypt_text(NAME, "Anna Ivanova")}
    await main.transact(lambda tx: tx.execute(insert(PEOPLE), row))
    await main.close()
    shutil.copy(tmp_path / "main.db", tmp_path / "backup.db")

    await vault.destroy([ANNA])
    backup = await open_database(tmp_path / "backup.db")
    box = await backup.transact(lambda tx: _name_of(tx, ANNA))
    assert b"Ivanova" not in (tmp_path / "backup.db").read_bytes()
    for process in (vault, await town.vault("intake")):
        with pytest.raises(Refusal) as refused:
            await process.cipher(ANNA)
        assert (refused.value.kind, refused.value.code) == ("not_found", "key_destroyed")
        for cipher in (process.own(), await process.cipher(BELA)):
            with pytest.raises(Refusal):
                cipher.decrypt_text(NAME, box)


async def test_replay_brings_no_key_back(town, intake: Vault) -> None:
    """A replica that still remembers a destroyed key, or mints a new one, cannot keep it."""
    remembering, fresh = await town.vault("intake"), await town.vault("intake")
    await remembering.cipher(ANNA)
    await intake.destroy([ANNA])
    for replica in (remembering, fresh):
        with pytest.raises(Refusal) as refused:
            await replica.keep([replica.mint(ANNA)])
        assert (refused.value.kind, refused.value.code) == ("not_found", "key_destroyed")
        with pytest.raises(Refusal):
            await replica.cipher(ANNA)


async def test_destroying_one_leaves_the_others(intake: Vault) -> None:
    """Erasing one person of a family leaves the others readable."""
    box = (await intake.cipher(BELA)).encrypt_text(NAME, "Bela")
    await intake.destroy([ANNA])
    assert (await intake.cipher(BELA)).decrypt_text(NAME, box) == "Bela"


async def test_stolen_key_store_opens_nothing(town, intake: Vault) -> None:
    """With intake's key store and another service's master keys nothing opens, under either name."""
    stolen = await town.store("intake")
    for name in ("logistics", "intake"):
        thief = Vault(name, town.masters("logistics"), town.recipients(), stolen)
        with pytest.raises(Refusal) as refused:
            await thief.cipher(ANNA)
        assert (refused.value.kind, refused.value.code) == ("unavailable", "key_of_another_master")


async def test_minting_again_gives_the_same_key(intake: Vault) -> None:
    """A job that is run again mints the key that it minted before, and keeping it again is harmless."""
    first = intake.mint(VERA)
    assert intake.mint(VERA) == first
    await intake.keep([first])
    assert intake.mint(VERA) == first
    await intake.keep([first, first])
    await intake.keep([])


async def test_unkept_key_says_so(intake: Vault) -> None:
    """A cipher names its key until the key store holds it, so whoever uses it can keep it before committing."""
    key = intake.mint(VERA)
    vera = await intake.cipher(VERA)
    assert vera.unkept == key
    await intake.keep([key])
    assert vera.unkept is None
    assert (await intake.cipher(ANNA)).unkept is None
    assert intake.own().unkept is None


async def test_two_processes_mint_for_one_subject(town) -> None:
    """The second to keep is refused, nothing of its key is usable any more, and running again uses the first's."""
    one, two = await town.vault("intake"), await town.vault("intake")
    first, second = one.mint(ANNA), two.mint(ANNA)
    lost = await two.cipher(ANNA)
    await one.keep([first])
    with pytest.raises(Refusal) as refused:
        await two.keep([second])
    assert (refused.value.kind, refused.value.code) == ("unavailable", "key_minted_elsewhere")
    assert lost.unkept == second

    assert two.mint(ANNA) == first
    await two.keep([first])
    box = (await one.cipher(ANNA)).encrypt_text(NAME, "Anna")
    assert (await two.cipher(ANNA)).decrypt_text(NAME, box) == "Anna"


async def test_own_key_is_the_same_in_every_replica(town, intake: Vault) -> None:
    """The service's own key opens in every replica, and in no other service."""
    box = intake.own().encrypt_json("idempotency/1", {"status": 201})
    assert (await town.vault("intake")).own().decrypt_json("idempotency/1", box) == {"status": 201}
    with pytest.raises(Refusal):
        (await town.vault("notify")).own().decrypt_json("idempotency/1", box)
    with pytest.raises(Refusal):
        intake.own().decrypt_json("idempotency/2", box)


async def test_blind_index(town, intake: Vault) -> None:
    """Equal values give equal images in every replica; other values, indexes and services give others."""
    image = intake.blind("email", "anna@example.org")
    assert len(image.image) == 32
    assert (await town.vault("intake")).blind("email", "anna@example.org") == image
    others = [
        intake.blind("email", "bela@example.org"),
        intake.blind("phone", "anna@example.org"),
        intake.blind("emaila", "nna@example.org"),
        (await town.vault("notify")).blind("email", "anna@example.org"),
    ]
    assert image not in others
    same_keys = Vault("notify", town.masters("intake"), town.recipients(), await town.store("notify"))
    assert same_keys.blind("email", "anna@example.org") != image


async def test_key_is_forgotten_within_a_minute(town, intake: Vault) -> None:
    """A replica opens with a key destroyed elsewhere for less than 60 seconds, however often it is used meanwhile."""
    seconds = [1000.0]
    cache = Cache(monotonic=lambda: seconds[0])
    replica = Vault("intake", town.masters("intake"), town.recipients(), await town.store("intake"), cache)
    await replica.cipher(ANNA)
    await intake.destroy([ANNA])
    seconds[0] = 1059.9
    await replica.cipher(ANNA)
    seconds[0] = 1060.0
    with pytest.raises(Refusal) as refused:
        await replica.cipher(ANNA)
    assert refused.value.code == "key_destroyed"


def test_cache_forgets_the_least_recently_used() -> None:
    """A full cache makes room by forgetting what was not asked for the longest."""
    cache: Cache[int] = Cache(most=2)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.get("a") == 1
    cache.put("c", 3)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (1, None, 3)
    cache.drop("a")
    cache.drop("a")
    assert cache.get("a") is None


@pytest.fixture(scope="module")
def cipher(tmp_path_factory: pytest.TempPathFactory) -> SubjectCipher:
    return SubjectCipher("intake", ANNA, MasterKeys.create(tmp_path_factory.mktemp("keys") / "master.json").own)


@given(plain=some.binary(max_size=5000), context=some.text(), other=some.text())
def test_any_value_opens_in_its_context_only(cipher: SubjectCipher, plain: bytes, context: str, other: str) -> None:
    """Whatever the value and the context: it opens there, opens in no other, and does not stand in the ciphertext."""
    box = cipher.encrypt(context, plain)
    assert cipher.decrypt(context, box) == plain
    assert len(plain) < 4 or plain not in box.box
    if other != context:
        with pytest.raises(Refusal):
            cipher.decrypt(other, box)


async def _name_of(tx, person: str) -> Ciphertext:
    return (await tx.execute(select(PEOPLE.c.name).where(PEOPLE.c.id == person))).scalar_one()
