"""Encodes the headers of a letter so that old mail programs read them too: the subject, names of files."""

import re
from collections.abc import Iterator
from email.header import Header, decode_header, make_header
from email.message import Message
from email.utils import parseaddr, quote
from typing import Any
from urllib.parse import quote as percent

from sipcabinet.lib.file_names import ascii_name

_WORD = 60  # characters of an encoded word, so that it fits on the line of the parameter's name
_PIECE = re.compile(r"(?:%[0-9A-F]{2}|[^%]){1,300}")  # of an RFC 2231 name: at most 900 characters; a line has 998


class _Lines:
    """A header with fixed lines; the message generator calls `encode` as it does for an `email.header.Header`."""

    def __init__(self, *lines: str) -> None:
        self.lines = lines

    def encode(self, *, linesep: str = "\n", maxlinelen: int = 0) -> str:
        return f"{linesep} ".join(self.lines)

    def __str__(self) -> str:
        return " ".join(self.lines)


def fold(whole: "Message[Any, Any]") -> None:
    """Encodes again the subject, the sender's name and the names of attachments in a message built by Django.

    Django encodes a header's value without its name, so a long first word leaves the line of the name empty. Django
    also writes a file's name only by RFC 2231, which old mail programs and 1С do not read.
    """
    whole.replace_header("Subject", _text("Subject", _plain(whole["Subject"])))
    whole.replace_header("From", _address("From", _plain(whole["From"])))
    for part in whole.walk():
        if name := part.get_filename():
            _name(part, name)


def _text(header: str, text: str) -> Header:
    return Header(text, None if text.isascii() else "utf-8", header_name=header)


def _address(header: str, value: str) -> Header:
    name, address = parseaddr(value)
    if name.isascii():
        return Header(value, header_name=header)
    folded = Header(name, "utf-8", header_name=header)
    folded.append(f"<{address}>", "us-ascii")
    return folded


def _name(part: "Message[Any, Any]", name: str) -> None:
    """Writes the file's name three ways: as an encoded word in Content-Type, by RFC 2231, and in ASCII letters.

    The RFC 2231 form precedes the ASCII form: programs that support both use the first.
    """
    plain = name.isascii()
    word = quote(name) if plain else Header(name, "utf-8", maxlinelen=_WORD).encode()
    part.replace_header("Content-Type", _Lines(f"{part['Content-Type']};", *f'name="{word}"'.split("\n ")))
    ways = [] if plain else [f"{way};" for way in _extended(name)]
    ascii_way = f'filename="{quote(name if plain else ascii_name(name))}"'
    part.replace_header("Content-Disposition", _Lines("attachment;", *ways, ascii_way))


def _extended(name: str) -> Iterator[str]:
    """The parameter `filename*`, in numbered pieces if a line would be too long."""
    pieces = _PIECE.findall(f"utf-8''{percent(name, safe='')}")
    for at, piece in enumerate(pieces):
        yield f"filename*={piece}" if len(pieces) == 1 else f"filename*{at}*={piece}"


def _plain(value: str) -> str:
    return str(make_header(decode_header(value)))
