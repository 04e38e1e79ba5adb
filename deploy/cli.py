"""The program `lodestar`."""

import sys

import typer

from deploy.commands import audit, bus, clock, keys, letters, local, parked, services
from deploy.local.errors import LocalError
from shared.errors import Refusal

app = typer.Typer(
    name="lodestar",
    help="The case system of organisations that bring persecuted LGBTQI+ people to safety and help them settle.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("up")(local.up)
app.command("demo")(local.demo)
app.command("token")(local.token)
app.command("serve")(services.serve)
app.command("migrate")(services.migrate)
app.command("snapshot")(services.snapshot)
app.add_typer(audit.app, name="audit")
app.add_typer(bus.app, name="bus")
app.add_typer(clock.app, name="clock")
app.add_typer(keys.app, name="keys")
app.add_typer(letters.app, name="letters")
app.add_typer(parked.app, name="parked")


def main() -> None:
    """Run a command; errors that a user can run into are told in two lines."""
    try:
        app()
    except LocalError as error:
        _tell(error.message, error.hint)
    except Refusal as refusal:
        _tell(refusal.code.replace("_", " "), refusal.detail)


def _tell(message: str, hint: str) -> None:
    sys.stderr.write(f"lodestar: {message}\n")
    if hint:
        sys.stderr.write(f"          {hint}\n")
    sys.exit(1)
