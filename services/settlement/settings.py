"""What settlement needs to know beyond what every service does: nothing."""

from shared.settings import ServiceSettings


class SettlementSettings(ServiceSettings):
    """The settings of every service."""
