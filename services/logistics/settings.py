"""What logistics needs to know: no more than every service does."""

from shared.settings import ServiceSettings


class LogisticsSettings(ServiceSettings):
    """The settings that every service has."""
