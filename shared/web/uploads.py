"""Reads a form that brings a file, in memory only.

Rule: nothing that somebody sends touches the disk before it is sealed or passed on; what is no form is like an empty
one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

FIELDS = 64 * 1024
"""Bytes of a form beside its file, and of one field."""


@dataclass(frozen=True)
class Upload:
    """The fields of a form; of its file `file` the content, empty when there is none, and the type it is said to be."""

    fields: Mapping[str, str]
    content: bytes = b""
    media_type: str = ""


async def read_upload(request: Request, most: int) -> Upload:
    """most: bytes of the file; the route lets no more through than these and `FIELDS`."""

    class InMemory(MultiPartParser):
        spool_max_size = most + FIELDS + 1

    parser = InMemory(request.headers, request.stream(), max_files=1, max_fields=10, max_part_size=FIELDS)
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError):
        return Upload({})
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    file = form.get("file")
    upload = Upload(fields)
    if isinstance(file, UploadFile):
        upload = Upload(fields, await file.read(), (file.content_type or "").partition(";")[0].strip().lower())
    await form.close()
    return upload
