"""What an ask for help is and what may become of it; the words of this slice."""

from services.intake.requests.model.asking import (
    AskedBy,
    Channel,
    HelpRequest,
    RequestState,
    Telling,
    ThirdParty,
    Told,
    Urgency,
)

__all__ = ["AskedBy", "Channel", "HelpRequest", "RequestState", "Telling", "ThirdParty", "Told", "Urgency"]
