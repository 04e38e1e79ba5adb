"""Reads what a form sends, in memory only.

Rule: nothing that somebody sends touches the disk before it is sealed; what is no form is like an empty one.
"""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request

from shared.web.uploads import FIELDS, read_upload

FILE = 5 * 1024 * 1024
"""Bytes of a file."""

BODY = FILE + FIELDS
"""Bytes of a form with a file."""


async def _fields(request: Request) -> Mapping[str, str]:
    form = await request.form(max_files=0, max_fields=40)
    return {name: sound(value) for name, value in form.items() if isinstance(value, str)}


Fields = Annotated[Mapping[str, str], Depends(_fields)]


async def with_file(request: Request) -> tuple[Mapping[str, str], bytes]:
    """The fields, and the content of the file `file`, empty when there is none."""
    upload = await read_upload(request, FILE)
    return {name: sound(value) for name, value in upload.fields.items()}, upload.content


def sound(text: str) -> str:
    """Text that can be kept: one kind of line end, no other control characters, no halves of characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "ignore").decode()
    return "".join(sign for sign in lines if sign in "\n\t" or sign >= " ").strip()
