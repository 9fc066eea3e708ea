"""Static files as they are served: hashed names, compressed copies, and all parts of a stylesheet in one file."""

import posixpath
import re
from collections.abc import Callable, Iterator
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

SHEETS = ("css/portal.css",)
_IMPORT = re.compile(r'^@import url\("(?P<part>[\w./-]+)"\)(?: (?P<media>[\w-]+))?;\n', re.MULTILINE)


def flattened(sheet: str, read: Callable[[str], str]) -> str:
    """The stylesheet with each `@import` replaced by the imported file, one level deep; parts lie in its own folder.

    Each import would cost the browser a request, and the page is shown only after the last of these requests.
    """

    def part(found: re.Match[str]) -> str:
        css = read(posixpath.join(posixpath.dirname(sheet), found["part"]))
        return f"@media {found['media']} {{\n{css}}}\n" if found["media"] else css

    return _IMPORT.sub(part, read(sheet))


class _Flattening(Storage):
    """The storage of a stylesheet's source; reading the stylesheet gives the flattened text."""

    def __init__(self, source: Storage) -> None:
        self.source = source

    def open(self, name: str, mode: str = "rb") -> "ContentFile[bytes]":
        def read(part: str) -> str:
            with self.source.open(part, mode) as file:
                return str(file.read().decode())

        return ContentFile(flattened(name, read).encode())


class PortalStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc] # no types of its own
    """WhiteNoise's storage; `collectstatic` flattens SHEETS on the way."""

    def post_process(self, paths: dict[str, Any], *args: Any, **options: Any) -> Iterator[Any]:
        for sheet in SHEETS:
            if sheet in paths:
                source, name = paths[sheet]
                paths[sheet] = (_Flattening(source), name)
        yield from super().post_process(paths, *args, **options)
