"""What can be done with requests for help; what other slices need of it is named here."""

from services.intake.requests.actions.copying import asker_of, copy_of, own_of
from services.intake.requests.actions.receiving import forget, ids_of_case, receive, referrals_of, see
from services.intake.requests.actions.screening import withdraw
from services.intake.requests.actions.standing import going_on_as, permit

__all__ = [
    "asker_of",
    "copy_of",
    "forget",
    "going_on_as",
    "ids_of_case",
    "own_of",
    "permit",
    "receive",
    "referrals_of",
    "see",
    "withdraw",
]
