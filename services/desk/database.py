"""The MetaData that the desk's tables belong to."""

from sqlalchemy import MetaData

from shared.database import NAMES

metadata = MetaData(naming_convention=NAMES)
