"""How requests look from outside."""

from pydantic import AwareDatetime, BaseModel

from services.intake.requests.model import AskedBy, Channel, HelpRequest, RequestState, Urgency
from shared.contracts.fields import Id


class RequestView(BaseModel):
    """A request without what was told. claimed_by: who works on it until `claimed_until`, if that is not over."""

    id: Id
    state: RequestState
    channel: Channel
    language: str
    asked_by: AskedBy
    urgency: Urgency
    emergency: bool
    merged_into: Id | None
    case_id: Id | None
    received_at: AwareDatetime
    claimed_by: Id | None
    claimed_until: AwareDatetime | None
    version: int


def view(request: HelpRequest) -> RequestView:
    return RequestView.model_validate(request, from_attributes=True)
