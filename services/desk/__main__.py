"""`python -m services.desk serve` and `migrate`."""

from services.desk.service import migrate, serve
from services.desk.settings import DeskSettings
from shared.program import command

if __name__ == "__main__":
    command("desk", DeskSettings, serve, migrate)
