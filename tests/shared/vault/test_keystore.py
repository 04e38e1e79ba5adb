"""The key store: first key stays, destroyed key never comes back."""

from pathlib import Path

import pytest

from shared.vault import KEYS, KeyStore, WrappedKey, create_tables

ANNA, BELA, VERA = "a" * 32, "b" * 32, "c" * 32


@pytest.fixture
async def store(open_database, tmp_path: Path) -> KeyStore:
    database = await open_database(tmp_path / "keys.db")
    await create_tables(database)
    return KeyStore(database)


async def test_kept_keys_are_found_again(store: KeyStore, open_database, tmp_path: Path) -> None:
    """Kept keys are on disk: another process finds them, and only those asked for."""
    await store.keep([WrappedKey(ANNA, b"1"), WrappedKey(BELA, b"2")])
    other = KeyStore(await open_database(tmp_path / "keys.db"))
    assert await other.load([ANNA, BELA, VERA]) == {ANNA: b"1", BELA: b"2"}
    assert await other.load([BELA]) == {BELA: b"2"}
    assert await other.load([]) == {}


async def test_first_key_stays(store: KeyStore) -> None:
    """Keeping a key again changes nothing, and a second key for the same subject is not stored."""
    assert await store.keep([WrappedKey(ANNA, b"1")]) == {ANNA: b"1"}
    assert await store.keep([WrappedKey(ANNA, b"1")]) == {ANNA: b"1"}
    assert await store.keep([WrappedKey(ANNA, b"other"), WrappedKey(BELA, b"2")]) == {ANNA: b"1", BELA: b"2"}
    assert await store.load([ANNA]) == {ANNA: b"1"}


async def test_destroyed_key_never_comes_back(store: KeyStore) -> None:
    """After destroying, neither the old key nor a new one can be kept, even where there never was one."""
    await store.keep([WrappedKey(ANNA, b"1"), WrappedKey(VERA, b"3")])
    await store.destroy([ANNA, BELA])
    await store.destroy([ANNA])
    assert await store.keep([WrappedKey(ANNA, b"1"), WrappedKey(BELA, b"2")]) == {ANNA: b"", BELA: b""}
    assert await store.load([ANNA, BELA, VERA]) == {VERA: b"3"}


async def test_destroyed_key_leaves_the_file(open_database, tmp_path: Path) -> None:
    """Once the key store is closed, the bytes of a destroyed key are nowhere in its files."""
    database = await open_database(tmp_path / "keys.db")
    await create_tables(database)
    store = KeyStore(database)
    await store.keep([WrappedKey(ANNA, b"anna-key-" * 20), WrappedKey(BELA, b"bela-key-" * 20)])
    await store.destroy([ANNA])
    await database.close()
    files = _all_bytes(tmp_path)
    assert b"anna-key" not in files
    assert b"bela-key" in files


async def test_creating_tables_twice_is_harmless(store: KeyStore, open_database, tmp_path: Path) -> None:
    """A second start finds the tables and leaves the keys alone."""
    await store.keep([WrappedKey(ANNA, b"1")])
    await create_tables(await open_database(tmp_path / "keys.db"))
    assert await store.load([ANNA]) == {ANNA: b"1"}


def test_key_store_has_tables_of_its_own() -> None:
    """The key store is its own metadata, so no migration of a main database creates it."""
    assert list(KEYS.tables) == ["vault_keys", "vault_readers"]


def test_wrapped_key_does_not_show() -> None:
    """Printing a wrapped key shows the subject only."""
    assert repr(WrappedKey(ANNA, b"secret")) == f"WrappedKey(subject='{ANNA}')"


def _all_bytes(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())
