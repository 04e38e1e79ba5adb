"""How notify comes to the key of a person whom several publishers may tell of first.

Rule: events of different publishers come in any order, so whoever is first makes the key and the others find it.
"""

from shared.vault import SubjectCipher
from shared.work import Work


async def cipher_for(work: Work, subject: str) -> SubjectCipher:
    """The key of `subject`, made now if nobody told of them before."""
    if subject not in await work.ciphers([subject]):
        work.create_key(subject)
    return await work.cipher(subject)
