"""Files of `NAME=value` lines: a person's `.env`, and such files in `var/`."""

import os
from collections.abc import Mapping
from pathlib import Path

from .console import UsageError


def parse(text: str) -> dict[str, str]:
    """The values of an env file. Skips comments and blank lines; removes `export` and surrounding quotes."""
    values = {}
    for line in text.splitlines():
        name, separator, value = line.strip().removeprefix("export ").partition("=")
        if separator and not name.startswith("#"):
            values[name.strip()] = _unquoted(value.strip())
    return values


def _unquoted(value: str) -> str:
    for quote in "'\"":
        if value.startswith(quote) and value.endswith(quote) and value != quote:
            return value[1:-1]
    return value


def _quoted(name: str, value: str) -> str:
    """The value in the form that `parse` reads back: in quotes if it begins or ends with quotes or blanks."""
    if len(f"{value}.".splitlines()) > 1:
        raise UsageError(f"{name}: a value of several lines cannot be kept for bin/manage")
    return f'"{value}"' if value != _unquoted(value.strip()) else value


def read(path: Path) -> dict[str, str]:
    """The values of a file; empty if the file does not exist."""
    try:
        return parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}


def write(path: Path, values: Mapping[str, str]) -> None:
    """Replaces a file by one that only its owner can read: completely or not at all, even if the process is killed.

    Raises `UsageError` for a value of several lines, which no env file can hold.
    """
    text = "".join(f"{name}={_quoted(name, value)}\n" for name, value in values.items())
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    temporary.unlink(missing_ok=True)
    temporary.touch(mode=0o600)
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
