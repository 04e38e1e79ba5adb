"""The MetaData that settlement's tables belong to."""

from sqlalchemy import MetaData

from shared.database import NAMES

metadata = MetaData(naming_convention=NAMES)
