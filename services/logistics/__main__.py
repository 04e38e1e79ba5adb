"""`python -m services.logistics serve` and `migrate`."""

from services.logistics.service import compose
from services.logistics.settings import LogisticsSettings
from shared.program import run

if __name__ == "__main__":
    run("logistics", LogisticsSettings, compose)
