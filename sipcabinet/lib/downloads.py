"""Files as answers: the one way in which a page gives a file to be saved."""

from typing import IO, Any
from urllib.parse import quote

from django.http import FileResponse

from sipcabinet.lib.file_names import ascii_name, safe_name


def attachment(stream: IO[Any], name: str, content_type: str) -> FileResponse:
    """The stream as a download called `name`; the answer closes the stream."""
    answer = FileResponse(stream, content_type=content_type)
    answer.headers["Content-Disposition"] = disposition(name)
    return answer


def disposition(name: str) -> str:
    """The header of a download (RFC 6266): a name in ASCII for programs that read no other, and the whole name."""
    whole, plain = safe_name(name), ascii_name(name)
    header = f'attachment; filename="{plain}"'
    return header if plain == whole else f"{header}; filename*=utf-8''{quote(whole, safe='')}"
