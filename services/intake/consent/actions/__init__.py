"""What can be done with consent; what other slices and the bus door need of it is named here."""

from services.intake.consent.actions.answers import TIMERS as _ANSWERS
from services.intake.consent.actions.answers import note_answer
from services.intake.consent.actions.consents import TIMERS as _CONSENTS
from services.intake.consent.actions.consents import agreed, copy_of, follow, forget

TIMERS = {**_CONSENTS, **_ANSWERS}
"""What intake has among its timers for consents."""

__all__ = ["TIMERS", "agreed", "copy_of", "follow", "forget", "note_answer"]
