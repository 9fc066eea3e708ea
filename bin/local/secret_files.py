"""Settings that are given as files: `NAME_FILE` is the path of a file that holds the value of `NAME`."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from . import envfile
from .console import UsageError

SUFFIX = "_FILE"


def names(example: Path) -> set[str]:
    """Names of all settings: `.env.example` has a line for each setting, mostly as a comment."""
    text = "\n".join(line.removeprefix("#") for line in example.read_text(encoding="utf-8").splitlines())
    return {name for name in envfile.parse(text) if name.isupper()}


def opened(given: Mapping[str, str], settings: Iterable[str]) -> dict[str, str]:
    """The variables, with each `NAME_FILE` replaced by `NAME` and the content of the file.

    Raises `UsageError` when a setting is given twice, or when its file is empty or cannot be read.
    """
    values = dict(given)
    for name in settings:
        if path := values.pop(f"{name}{SUFFIX}", ""):
            if values.get(name):
                raise UsageError(f"{name} and {name}{SUFFIX} are both given; keep one of them")
            values[name] = _content(f"{name}{SUFFIX}", Path(path))
    return values


def without(environ: Mapping[str, str], known: Iterable[str]) -> dict[str, str]:
    """The variables without `NAME_FILE` for each `NAME` in `known`: the caller sets these settings itself."""
    files = {f"{name}{SUFFIX}" for name in known}
    return {name: value for name, value in environ.items() if name not in files}


def _content(name: str, path: Path) -> str:
    try:
        value = path.read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise UsageError(f"{name}: {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{name}: {path} is not text in UTF-8") from None
    if not value:
        raise UsageError(f"{name}: {path} is empty")
    return value
