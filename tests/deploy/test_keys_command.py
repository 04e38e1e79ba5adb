"""`lodestar keys` says what an operator of a cluster has to do, and does nothing of it."""

import pytest
from typer.testing import CliRunner

from deploy.cli import app

STEPS = {
    ("rotate", "wrapping"): ["add", "use", "renew", "drop"],
    ("rotate", "own"): ["add", "use", "renew", "drop"],
    ("rotate", "blind"): ["add", "use", "renew", "drop"],
    ("rotate", "sealing"): ["add", "publish"],
    ("retire", "wrapping"): ["renew", "drop"],
    ("retire", "sealing"): ["destroy"],
}


@pytest.mark.parametrize(("action", "part"), STEPS)
def test_each_step_is_a_command_of_the_service(action: str, part: str) -> None:
    """In their order, each with what it waits for."""
    said = CliRunner().invoke(app, ["keys", action, "intake", part, "--explain"])
    assert said.exit_code == 0, said.output
    _, *lines = said.output.splitlines()
    steps = STEPS[action, part]
    assert [line.strip() for line in lines[::2]] == [
        f"python -m services.intake keys {action} {part} --step {step}" for step in steps
    ]
    assert len(lines) == 2 * len(steps)
    assert all(line.startswith("      ") for line in lines[1::2])
