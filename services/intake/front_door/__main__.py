"""`python -m services.intake.front_door serve`, `migrate` and `secret`."""

from services.intake.front_door.service import migrate, serve, turn_secret
from services.intake.front_door.settings import FrontDoorSettings
from shared.program import command

if __name__ == "__main__":
    command("intake.front_door", FrontDoorSettings, serve, migrate, secret=turn_secret)
