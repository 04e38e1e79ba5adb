"""`python -m services.settlement serve` and `migrate`."""

from services.settlement.service import compose
from services.settlement.settings import SettlementSettings
from shared.program import run

if __name__ == "__main__":
    run("settlement", SettlementSettings, compose)
