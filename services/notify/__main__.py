"""`python -m services.notify serve` and `migrate`."""

from services.notify.service import compose
from services.notify.settings import NotifySettings
from shared.program import run

if __name__ == "__main__":
    run("notify", NotifySettings, compose)
