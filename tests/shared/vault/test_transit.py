"""A master file whose key a transit engine keeps: the disk alone opens nothing; what goes wrong is one clear line."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.local.house import Plan, ensure_keys
from deploy.local.state import StateFolder
from shared.errors import Refusal
from shared.vault import KeyStore, MasterKeys, Vault, create_tables, watching
from shared.vault.masters import MasterFile
from shared.vault.rotation import add_key, use_newest
from shared.vault.transit import Transit
from shared.vault.watching import KeyFiles, KeyWatch
from tests.shared.vault.transit_engine import Engine, running_engine

DAY = datetime(2024, 3, 1, tzinfo=UTC)


@pytest.fixture
def engine() -> Iterator[Engine]:
    with running_engine() as running:
        yield running


@pytest.fixture
def file(engine: Engine, tmp_path: Path) -> MasterFile:
    (tmp_path / "token").write_text(f"{engine.token}\n")
    return MasterFile(tmp_path / "master.json", Transit(engine.url, "intake", tmp_path / "token"))


def test_the_disk_alone_opens_nothing(file: MasterFile, engine: Engine) -> None:
    """The file holds no key in any form that opens without the engine, and the engine never sees the master keys."""
    made = file.create()
    content = file.path.read_text()
    ring = file.read()
    secrets = [key["keyData"]["value"] for part in ("wrapping", "own", "blind") for key in ring[part]["key"]]
    secrets += [key["keyData"]["value"] for sealing in ring["sealing"] for key in sealing["keyset"]["key"]]
    assert len(secrets) == 4
    assert not any(secret in content for secret in secrets)
    assert sorted(json.loads(content)) == ["box", "key", "kms", "wrapped"]
    assert file.path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(Refusal, match="master_file_broken"):
        MasterKeys.load(file.path)
    assert file.load().publics() == made.publics()
    assert engine.calls == ["/v1/transit/encrypt/intake", "/v1/transit/decrypt/intake", "/v1/transit/decrypt/intake"]


def test_keys_rotate_inside_the_envelope(file: MasterFile) -> None:
    """Every change closes the file up anew, under another key."""
    file.create()
    wrapped = [json.loads(file.path.read_bytes())["wrapped"]]
    for change in (lambda: add_key(file, "own"), lambda: use_newest(file, "own", DAY)):
        change()
        wrapped.append(json.loads(file.path.read_bytes())["wrapped"])
    assert len(set(wrapped)) == 3
    assert (file.load().generation, len(file.load().retired_own)) == (3, 1)


@pytest.mark.parametrize(
    ("spoil", "kind", "code"),
    [
        (lambda engine, file: setattr(engine, "token", "s.other"), "forbidden", "kms_refuses"),
        (lambda engine, file: setattr(engine, "sealed", True), "unavailable", "kms_unreachable"),
        (lambda engine, file: engine.keys.pop("intake"), "invalid", "kms_key_unknown"),
        (lambda engine, file: engine.keys.update(intake=engine.keys["notify"]), "invalid", "kms_key_unknown"),
        (lambda engine, file: _swap(file, "box"), "invalid", "master_file_broken"),
        (lambda engine, file: file.path.write_text("{}"), "invalid", "master_file_broken"),
    ],
    ids=["wrong token", "sealed", "no key", "another key", "changed box", "no envelope"],
)
def test_what_does_not_open_says_why(
    file: MasterFile, engine: Engine, spoil: Callable[[Engine, MasterFile], None], kind: str, code: str
) -> None:
    """Each way to fail has its own name, and tells nothing of a key or token."""
    file.create()
    spoil(engine, file)
    with pytest.raises(Refusal) as no:
        file.load()
    assert (no.value.kind, no.value.code) == (kind, code)
    assert no.value.__cause__ is None
    assert "s." not in no.value.detail.split()


def _swap(file: MasterFile, part: str) -> None:
    closed = json.loads(file.path.read_bytes())
    file.path.write_text(json.dumps({**closed, part: closed[part][::-1].lstrip("=")}))


def test_another_key_of_the_engine_does_not_open_a_moved_file(file: MasterFile, engine: Engine, tmp_path: Path) -> None:
    """A service's file under another service's name opens nothing."""
    file.create()
    with pytest.raises(Refusal, match="kms_key_unknown"):
        MasterFile(file.path, Transit(engine.url, "notify", tmp_path / "token")).load()


async def test_a_running_service_outlives_its_kms(
    file: MasterFile, engine: Engine, tmp_path: Path, open_database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sealed meanwhile, the engine is asked again until it answers; the keys in memory go on working."""
    monkeypatch.setattr(watching, "LOOK_S", 0.02)
    (tmp_path / "public.json").write_text("{}")
    keys = await open_database(tmp_path / "keys.db")
    await create_tables(keys)
    file.create()
    files = KeyFiles(file, tmp_path / "public.json")
    vault = Vault("intake", *files.load(), KeyStore(keys))
    watch = KeyWatch(files, vault, KeyStore(keys), [keys])
    await watch.begin()
    following = asyncio.create_task(watch.run())
    add_key(file, "blind")
    engine.sealed = True
    asked = len(engine.calls)
    async with asyncio.timeout(10):
        while len(engine.calls) < asked + 3:
            await asyncio.sleep(0.02)
    assert vault.own().decrypt("x", vault.own().encrypt("x", b"still here")) == b"still here"
    engine.sealed = False
    async with asyncio.timeout(10):
        while vault.masters.generation < 2:
            await asyncio.sleep(0.02)
    following.cancel()


def test_the_program_says_in_one_line_what_is_wrong(engine: Engine, tmp_path: Path) -> None:
    """With a wrong token, no engine or half the settings a service does not start: one line, no stack trace."""
    plan = Plan(StateFolder(tmp_path / "house").create())
    ensure_keys(plan)
    (tmp_path / "token").write_text("s.lantern")
    told = {
        **plan.environment("intake"),
        "LODESTAR_MASTER_SOURCE": "transit",
        "LODESTAR_KMS_URL": engine.url,
        "LODESTAR_KMS_KEY": "intake",
        "LODESTAR_KMS_TOKEN_FILE": str(tmp_path / "token"),
    }
    plain = plan.master("intake").read_bytes()
    assert _run(told, "keys", "envelop").returncode == 0
    assert plan.master("intake").read_bytes() != plain
    assert _run(told, "migrate").returncode == 0
    (tmp_path / "token").write_text("s.wrong")
    wrong = _run(told, "serve")
    *logged, line = wrong.stderr.splitlines()
    assert wrong.returncode == 1
    assert line == "intake: kms refuses: the key management system does not let this token use the key"
    assert all(json.loads(one)["level"] == "info" for one in logged)
    failed = _run({**told, "LODESTAR_KMS_URL": "http://127.0.0.1:9"}, "keys", "show")
    unreachable = "intake: kms unreachable: the key management system is sealed or does not answer"
    assert (failed.returncode, failed.stderr.splitlines()) == (1, [unreachable])
    untold = _run({**told, "LODESTAR_KMS_KEY": ""}, "keys", "show")
    assert untold.returncode == 2
    assert untold.stderr.startswith("intake: LODESTAR_")
    assert "Traceback" not in untold.stderr


def _run(told: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.intake", *arguments]
    return subprocess.run(command, env={**os.environ, **told}, capture_output=True, text=True, timeout=90, check=False)


def test_the_client_is_imported_only_where_it_is_used() -> None:
    """An installation without a KMS needs nothing for one."""
    script = "import sys, shared.program, shared.vault.transit; print('hvac' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
