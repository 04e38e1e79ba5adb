"""Makes a file anew, so that only what can be seen in it goes on: run in a process of its own (`shared.pool`).

Rule: what kind a file is, its first bytes say and nothing else. Of a picture only its points are kept: place, time,
device, names, profiles, thumbnails and comments are not copied, because nothing but points is. A PDF is refused: no
part of it can be left out with certainty.
"""

import io

from PIL import Image, ImageOps

from shared.errors import invalid

MOST_POINTS = 50_000_000
LONGEST_SIDE = 4000
QUALITY = 85
FORMATS = ("JPEG", "PNG", "WEBP")


def clean(given: bytes) -> bytes:
    """The media type, a line end, and the content. Errors: Refusal invalid `file_pdf`, `file_unknown`."""
    if given[:1024].lstrip().startswith(b"%PDF"):
        raise invalid("file_pdf")
    if given.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (given[:4] == b"RIFF" and given[8:12] == b"WEBP"):
        return _picture(given)
    return b"text/plain\n" + _text(given)


def _picture(given: bytes) -> bytes:
    try:
        with Image.open(io.BytesIO(given), formats=FORMATS) as seen:
            if seen.width * seen.height > MOST_POINTS:
                raise invalid("file_unknown")
            upright = ImageOps.exif_transpose(seen)
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            points = upright.convert("RGBA" if "A" in upright.getbands() or "transparency" in seen.info else "RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise invalid("file_unknown") from error
    made, out = Image.new(points.mode, points.size), io.BytesIO()
    made.paste(points)
    if points.mode == "RGBA":
        made.save(out, "PNG")
        return b"image/png\n" + out.getvalue()
    made.save(out, "JPEG", quality=QUALITY)
    return b"image/jpeg\n" + out.getvalue()


def _text(given: bytes) -> bytes:
    try:
        text = given.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise invalid("file_unknown") from error
    if any(sign < " " and sign not in "\n\r\t" for sign in text) or not text.strip():
        raise invalid("file_unknown")
    return text.encode()
