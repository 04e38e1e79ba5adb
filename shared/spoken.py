"""How a word that somebody says is compared with the word that was agreed.

Rule: in whatever letters and among whatever blanks it was written down; and the comparison takes as long either way.
"""

import hmac
import unicodedata


def same(agreed: str, said: str) -> bool:
    """Whether `said` is the word that was agreed."""
    return hmac.compare_digest(_spoken(agreed), _spoken(said))


def _spoken(word: str) -> bytes:
    return " ".join(unicodedata.normalize("NFKC", word).casefold().split()).encode()
