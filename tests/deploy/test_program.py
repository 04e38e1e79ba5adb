"""The program `lodestar` as a newcomer meets it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from socket import socket

import psutil
import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from deploy.cli import app
from deploy.local.story.chapters import CHAPTERS
from shared.settings import ServiceSettings
from tests.support.ports import free_block

LODESTAR = Path(sys.executable).parent / "lodestar"


def run(*arguments: object, timeout_s: float = 280) -> subprocess.CompletedProcess[str]:
    command = [str(LODESTAR), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False)


@pytest.mark.timeout(600)
def test_the_story_is_told_once(tmp_path: Path) -> None:
    """35 escape and 31 settle, read from the public figures; told again in the same folder it only continues."""
    arguments = ("demo", "--exit", "--json", "--dir", tmp_path / "state", "--port-base", free_block())
    first = run(*arguments)
    assert first.returncode == 0, first.stderr
    ending = json.loads(first.stdout)
    assert (ending["helped_to_escape"], ending["settled_in_canada"]) == (35, 31)
    assert ending["before_disclosure"] == {"helped_to_escape": None, "settled_in_canada": None}
    assert set(ending) == {"helped_to_escape", "settled_in_canada", "before_disclosure", "events"}
    assert all(ending["events"].values())
    verified = run("audit", "verify", "--dir", tmp_path / "state")
    lines = verified.stdout.splitlines()
    assert (verified.returncode, len(lines)) == (0, 4), verified.stdout
    assert all("rows hold together; the others heard of" in line for line in lines), verified.stdout
    began = time.monotonic()
    second = run(*arguments)
    assert json.loads(second.stdout) == ending
    assert CHAPTERS[5][0] not in second.stderr
    assert time.monotonic() - began < 280


def test_ctrl_c_stops_every_process(tmp_path: Path) -> None:
    """What `up` started ends with it, cleanly, and the folder can be used again."""
    state, base = tmp_path / "state", free_block()
    for _ in range(2):
        command = [str(LODESTAR), "up", "--dir", str(state), "--port-base", str(base)]
        house = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "COLUMNS": "100"})
        assert house.stdout is not None
        assert any("Lodestar is running" in line for line in house.stdout), "it came up"
        children = psutil.Process(house.pid).children(recursive=True)
        assert len(children) >= 5
        house.send_signal(signal.SIGINT)
        house.communicate(timeout=60)
        assert house.returncode == 0
        assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    """What a newcomer can run into says what is wrong and what to do next."""
    with socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        taken = holder.getsockname()[1]
        failed = run("up", "--dir", tmp_path / "state", "--port-base", taken)
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[0] == f"lodestar: port {taken} is taken (Address already in use)"
    assert "Traceback" not in failed.stderr


def test_a_folder_without_an_installation_says_how_to_make_one(tmp_path: Path) -> None:
    """A command that needs a running installation names the one that starts it."""
    failed = run("clock", "show", "--dir", tmp_path)
    assert failed.returncode == 1
    assert failed.stderr == f"lodestar: there is no installation in {tmp_path}\n          start one with: lodestar up\n"


COMMANDS = [
    "up",
    "demo",
    "serve",
    "migrate",
    "token",
    "snapshot",
    "audit verify",
    "audit export",
    "audit who-saw",
    "bus apply",
    "bus show",
    "bus permissions",
    "bus purge",
    "bus republish",
    "bus reconcile",
    "clock show",
    "clock advance",
    "parked list",
    "parked replay",
    "parked discard",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_teaches_itself(command: str) -> None:
    """`--help` of each command says what it does."""
    helped = CliRunner().invoke(app, [*command.split(), "--help"])
    assert helped.exit_code == 0
    assert len(helped.output.splitlines()) > 5


def test_a_service_without_settings_names_what_is_missing() -> None:
    """`serve` without its environment tells which variables it needs, and no stack trace."""
    clean = {"PATH": os.environ["PATH"]}
    failed = subprocess.run([LODESTAR, "serve", "intake"], capture_output=True, text=True, env=clean, check=False)
    assert failed.returncode == 2
    assert "intake: LODESTAR_DATABASE_URL: Field required" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_production_refuses_local_defaults(tmp_path: Path) -> None:
    """A service told that it runs in production starts on no SQLite, plain HTTP or NATS, open keys or movable clock."""
    settings = {
        "LODESTAR_DATABASE_URL": f"sqlite:///{tmp_path}/a.db",
        "LODESTAR_KEYS_URL": f"sqlite:///{tmp_path}/k.db",
        "LODESTAR_NATS_URL": "nats://127.0.0.1:4222",
        "LODESTAR_NATS_SEED_FILE": str(tmp_path / "seed"),
        "LODESTAR_MASTER_FILE": str(tmp_path / "master"),
        "LODESTAR_RECIPIENTS_FILE": str(tmp_path / "recipients"),
        "LODESTAR_JWKS": "http://issuer.example/jwks",
        "LODESTAR_ISSUER": "lodestar-development",
        "LODESTAR_PORT": "9999",
        "LODESTAR_METRICS_PORT": "9998",
        "LODESTAR_CLOCK": "moved",
        "LODESTAR_ENVIRONMENT": "production",
    }
    environment = {"PATH": os.environ["PATH"], **settings}
    failed = subprocess.run(
        [LODESTAR, "serve", "logistics"], capture_output=True, text=True, env=environment, check=False
    )
    assert failed.returncode == 2
    assert (
        "production refuses the local defaults of: clock, database_url, issuer, jwks, keys_url, master_source, nats_url"
        in failed.stderr
    )


PRODUCTION = {
    "environment": "production",
    "database_url": "postgresql://db.example/intake",
    "keys_url": "postgresql://keys.example/intake",
    "nats_url": "tls://nats.example:4222",
    "nats_seed_file": "seed",
    "master_file": "master",
    "recipients_file": "recipients",
    "issuer": "https://issuer.example",
    "jwks": "https://issuer.example/jwks",
    "plain_master_file": True,
    "port": 9999,
    "metrics_port": 9998,
}


@pytest.mark.parametrize("jwks", ["https://issuer.example/jwks", "/run/issuer/jwks.json"])
def test_production_takes_keys_of_the_issuer_by_tls_or_from_a_file(jwks: str) -> None:
    """Both, and a master file that is the secret itself where the operator says that its disk is kept secret."""
    assert ServiceSettings.model_validate({**PRODUCTION, "jwks": jwks}).jwks == jwks


@pytest.mark.parametrize(
    ("setting", "value", "refused"),
    [("jwks", "http://issuer.example/jwks", "jwks"), ("plain_master_file", False, "master_source")],
)
def test_production_refuses_one_insecure_setting(setting: str, value: object, refused: str) -> None:
    """Keys of the issuer that anybody on the way can exchange, and a master file that lies open without a word."""
    with pytest.raises(ValidationError, match=rf"defaults of: {refused} \["):
        ServiceSettings.model_validate({**PRODUCTION, setting: value})
