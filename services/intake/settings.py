"""What intake needs to know beyond what every service does."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from shared.settings import ServiceSettings


class IntakeSettings(ServiceSettings):
    """referral_key_file: the private JWK to whose public part partners encrypt their referrals.

    reveal_needs: how many custodians must agree before who a person is is revealed to the one who asked. reveal_hours:
    how long it is revealed then.
    door_url: the database of the public front door, in which intake fetches letters; empty where there is none.
    verification_sample_percent: of a hundred verdicts that two people agree on, how many a head reviewer sees as well.
    erasure_needs: how many people sign an erasure besides who proposed it. key_backup_days: how long any backup of a
    key store or a master file is kept; the report of an erasure counts on it.
    """

    referral_key_file: Path
    erasure_needs: int = Field(default=1, ge=1)
    key_backup_days: int = Field(default=14, ge=0)
    verification_sample_percent: int = Field(default=10, ge=0, le=100)
    reveal_needs: int = Field(default=1, ge=1)
    door_url: str = ""
    reveal_hours: int = Field(default=24, ge=1, le=168)

    def insecure(self) -> Mapping[str, bool]:
        return {**super().insecure(), "door_url": self.door_url.startswith("sqlite")}
