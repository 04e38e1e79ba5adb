"""What notify needs to know beyond what every service does."""

from pydantic import Field

from shared.settings import ServiceSettings


class NotifySettings(ServiceSettings):
    """suppress_below: until a disclosure, public numbers under it are suppressed, and the others move by no less."""

    suppress_below: int = Field(default=5, ge=2)
