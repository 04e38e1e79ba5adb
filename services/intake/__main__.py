"""`python -m services.intake serve` and `migrate`."""

from services.intake.service import compose
from services.intake.settings import IntakeSettings
from shared.program import run

if __name__ == "__main__":
    run("intake", IntakeSettings, compose)
