"""Names of people across scripts and spellings: how they are read, how they sound, how like two of them are.

Rule: pure, and about possibility only. Two names that meet here may be one person's; that they are is said by people.
"""

from shared.names.likeness import likeness
from shared.names.sounds import SOUNDS, sounds
from shared.names.writing import words

__all__ = ["SOUNDS", "likeness", "sounds", "words"]
