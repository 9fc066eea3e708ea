"""Downloads: every page that gives a file to be saved answers through this module."""

from typing import IO, Any
from urllib.parse import quote, unquote

from django.http import FileResponse
from django.http.response import HttpResponseBase

from sipcabinet.lib.file_names import ascii_name, safe_name


def attachment(stream: IO[Any], name: str, content_type: str) -> FileResponse:
    """An answer that the browser saves as `name`; the answer closes the stream."""
    answer = FileResponse(stream, content_type=content_type)
    answer.headers["Content-Disposition"] = disposition(name)
    return answer


def name_of(answer: HttpResponseBase) -> str:
    """The name of the file that an answer of `attachment` gives; empty for a page."""
    header = answer.headers.get("Content-Disposition", "")
    if not header.startswith("attachment"):
        return ""
    _plain, _mark, whole = header.partition("filename*=utf-8''")
    return unquote(whole) if whole else header.partition('filename="')[2].rstrip('"')


def disposition(name: str) -> str:
    """The Content-Disposition header (RFC 6266): an ASCII name for programs that read no other, and the full name."""
    whole, plain = safe_name(name), ascii_name(name)
    header = f'attachment; filename="{plain}"'
    return header if plain == whole else f"{header}; filename*=utf-8''{quote(whole, safe='')}"
