"""What the desk needs to know: where its own things are, who signs people in, and where the four services answer."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from shared.settings import Limits, Settings


class DeskSettings(Settings):
    """address: as browsers see the desk, without a slash at the end. client_id, client_secret_file: what the issuer
    knows it by; without a secret it is a public client. resource: how the issuer calls a service (RFC 8707)."""

    address: str = Field(pattern=r"^https?://[^/]+$")
    client_id: str = "desk"
    client_secret_file: Path | None = None
    scope: str = "openid profile offline_access"
    resource: str = "urn:lodestar:{service}"
    intake_url: str
    logistics_url: str
    settlement_url: str
    notify_url: str
    limits: Limits = Limits(public_per_s=20, public_burst=500)
    """Browsers come without a token, and many from one office by one address."""
    idle_minutes: float = Field(default=15, gt=0, le=60)
    longest_hours: float = Field(default=8, gt=0, le=24)

    @property
    def services(self) -> Mapping[str, str]:
        """Where each service answers, in the order in which pages name them."""
        return {
            "intake": self.intake_url,
            "logistics": self.logistics_url,
            "settlement": self.settlement_url,
            "notify": self.notify_url,
        }

    def insecure(self) -> Mapping[str, bool]:
        urls = {f"{service}_url": not url.startswith("https://") for service, url in self.services.items()}
        return {**super().insecure(), "address": not self.address.startswith("https://"), **urls}
