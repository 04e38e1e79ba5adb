"""What notify needs to know beyond what every service does."""

from pydantic import Field

from shared.settings import ServiceSettings


class NotifySettings(ServiceSettings):
    """suppress_below: public numbers under it are suppressed until a disclosure tells them."""

    suppress_below: int = Field(default=5, ge=2)
