"""Files of `NAME=value` lines: a person's `.env`, and the ones kept in `var/`."""

import os
from collections.abc import Mapping
from pathlib import Path


def parse(text: str) -> dict[str, str]:
    """The values of an env file; comments, blank lines, `export` and surrounding quotes are understood."""
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


def read(path: Path) -> dict[str, str]:
    """The values of a file; none when it does not exist."""
    try:
        return parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}


def write(path: Path, values: Mapping[str, str]) -> None:
    """Replaces a file by one that only its owner can read: whole or not at all, also when we are killed."""
    text = "".join(f"{name}={value}\n" for name, value in values.items())
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    temporary.unlink(missing_ok=True)
    temporary.touch(mode=0o600)
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
