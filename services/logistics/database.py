"""The MetaData that the tables of logistics belong to."""

from sqlalchemy import MetaData

from shared.database import NAMES

metadata = MetaData(naming_convention=NAMES)
