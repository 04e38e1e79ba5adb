"""What intake needs to know beyond what every service does."""

from pathlib import Path

from shared.settings import ServiceSettings


class IntakeSettings(ServiceSettings):
    """referral_key_file: the private JWK to whose public part partners encrypt their referrals."""

    referral_key_file: Path
