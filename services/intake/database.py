"""The MetaData that intake's tables belong to."""

from sqlalchemy import MetaData

from shared.database import NAMES

metadata = MetaData(naming_convention=NAMES)
