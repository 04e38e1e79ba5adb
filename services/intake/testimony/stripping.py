"""Makes the copy of a picture that tells nothing beside the picture: where and when and with what it was taken goes.

Rule: pixels are copied as they are, never decoded; only the parts that draw the picture are taken over, so a kind of
metadata that nobody thought of is left out too. Runs in the pool: it reads what strangers sent.
"""

from collections.abc import Iterator

from shared.errors import invalid

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_PARTS = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS"}
_JPEG = b"\xff\xd8"
_SCAN, _END = 0xDA, 0xD9
_COLOURS = 0xEE
"""Adobe's part, which says how colours are meant and nothing else."""


def stripped(content: bytes) -> bytes:
    """A JPEG or PNG without metadata. Errors: Refusal invalid no_picture, picture_broken."""
    if content.startswith(_PNG):
        return _PNG + b"".join(_png_parts(content))
    if content.startswith(_JPEG):
        return _JPEG + b"".join(_jpeg_parts(content))
    raise invalid("no_picture", "A copy without metadata is made of pictures only.")


def _png_parts(content: bytes) -> Iterator[bytes]:
    place = len(_PNG)
    while place < len(content):
        length, name = int.from_bytes(content[place : place + 4]), content[place + 4 : place + 8]
        whole = content[place : place + 12 + length]
        if len(whole) < 12 + length:
            raise _broken()
        if name in _PNG_PARTS:
            yield whole
        if name == b"IEND":
            return
        place += 12 + length
    raise _broken()


def _jpeg_parts(content: bytes) -> Iterator[bytes]:
    place = len(_JPEG)
    while place + 4 <= len(content) and content[place] == 0xFF:
        marker, length = content[place + 1], int.from_bytes(content[place + 2 : place + 4])
        if marker == 0xFF:
            place += 1
            continue
        if marker == _END:
            yield content[place : place + 2]
            return
        part = content[place : place + 2 + length]
        if _draws(marker) or (marker == _COLOURS and part[4:9] == b"Adobe"):
            yield part
        place += 2 + length
        if marker == _SCAN:
            end = _end_of_scan(content, place)
            yield content[place:end]
            place = end
    raise _broken()


def _draws(marker: int) -> bool:
    """Frames, tables and scans draw; application parts (E0 to EF), comments (FE) and the rest do not."""
    return 0xC0 <= marker <= 0xCF or marker in (0xDA, 0xDB, 0xDD)


def _end_of_scan(content: bytes, place: int) -> int:
    """Where the next marker is: not a stuffed byte, nor a restart."""
    while True:
        place = content.find(b"\xff", place)
        if place < 0 or place + 1 >= len(content):
            raise _broken()
        if content[place + 1] != 0x00 and not 0xD0 <= content[place + 1] <= 0xD7:
            return place
        place += 2


def _broken() -> Exception:
    return invalid("picture_broken", "This picture ends too early.")
