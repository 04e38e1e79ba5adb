"""What is committed is what the code promises: who changes a promise sees it in the diff, and so does the reviewer."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from deploy.snapshots import snapshots, write_snapshots
from deploy.snapshots.write import APIS, PAGE, SCHEMAS
from shared.contracts.topology import LODESTAR

ROOT = Path(__file__).parents[2]
HINT = "if it is meant, run `make snapshot` and commit"


@pytest.fixture(scope="module")
def made() -> Mapping[Path, bytes]:
    return snapshots()


@pytest.mark.parametrize("name", LODESTAR.types)
def test_an_event_is_as_it_was_promised(name: str, made: Mapping[Path, bytes]) -> None:
    """Clear and sealed fields alike; an additive optional field is a new snapshot, all else is a new version."""
    place = SCHEMAS / f"{name}.json"
    assert (ROOT / place).read_bytes() == made[place], HINT


@pytest.mark.parametrize("kind", ["openapi", "asyncapi"])
@pytest.mark.parametrize("service", LODESTAR.services)
def test_an_api_is_as_it_was_promised(service: str, kind: str, made: Mapping[Path, bytes]) -> None:
    """HTTP and messages of every service."""
    place = APIS / f"{service}.{kind}.json"
    assert (ROOT / place).read_bytes() == made[place], HINT


def test_the_page_of_events_is_made_from_the_contracts(made: Mapping[Path, bytes]) -> None:
    """Nobody edits docs/events.md."""
    assert (ROOT / PAGE).read_bytes() == made[PAGE], HINT


def test_nothing_is_promised_that_is_gone(made: Mapping[Path, bytes]) -> None:
    """No snapshot stands without its event or service."""
    committed = {path.relative_to(ROOT) for folder in (APIS, SCHEMAS) for path in (ROOT / folder).iterdir()}
    assert committed == set(made) - {PAGE}


def test_snapshots_tell_nothing_of_the_machine(made: Mapping[Path, bytes]) -> None:
    """No path, port or address of where they were made."""
    for content in made.values():
        assert not [
            word for word in (str(ROOT), str(Path.home()), "127.0.0.1", "localhost") if word in content.decode()
        ]


def test_writing_snapshots_tells_what_changed(
    tmp_path: Path, made: Mapping[Path, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All are written once; then only what differs is written again, and what is stale goes."""
    monkeypatch.setattr("deploy.snapshots.write.snapshots", lambda: made)
    assert write_snapshots(tmp_path) == [tmp_path / place for place in made]
    assert len(made) == len(LODESTAR.types) + 2 * len(LODESTAR.services) + 1
    assert write_snapshots(tmp_path) == []
    stale, edited = tmp_path / SCHEMAS / "intake.forgotten.v1.json", tmp_path / PAGE
    stale.write_text("{}")
    edited.write_text("by hand")
    assert write_snapshots(tmp_path) == [stale, edited]
