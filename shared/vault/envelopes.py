"""How a master file is closed up on the disk.

Rule: two ways and no third: as it is, so that the file is the secret; or under a key that only a key management system
can open, so that the disk alone opens nothing.
"""

from typing import Protocol


class Envelope(Protocol):
    """Closes and opens the content of a master file.

    Errors of both: Refusal unavailable or forbidden, when whoever holds the key does not help; invalid
    `master_file_broken` for content that was closed up otherwise.
    """

    def close(self, content: bytes) -> bytes: ...

    def open(self, content: bytes) -> bytes: ...


class Open:
    """No envelope: the file can be read by whoever can read the disk as its owner."""

    def close(self, content: bytes) -> bytes:
        return content

    def open(self, content: bytes) -> bytes:
        return content
