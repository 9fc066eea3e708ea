"""The system's library Pango, which WeasyPrint needs to draw PDF documents."""

import ctypes
import ctypes.util
from pathlib import Path

from . import apt
from .console import CommandError, say

LIBRARIES = ("gobject-2.0", "pango-1.0", "pangoft2-1.0", "harfbuzz", "harfbuzz-subset", "fontconfig")
SONAMES = {
    "gobject-2.0": "libgobject-2.0.so.0",
    "pango-1.0": "libpango-1.0.so.0",
    "pangoft2-1.0": "libpangoft2-1.0.so.0",
    "harfbuzz": "libharfbuzz.so.0",
    "harfbuzz-subset": "libharfbuzz-subset.so.0",
    "fontconfig": "libfontconfig.so.1",
}
PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core")


def missing() -> list[str]:
    """Names of the libraries that cannot be loaded."""
    return [name for name in LIBRARIES if not _loads(name)]


def _loads(name: str) -> bool:
    for candidate in (SONAMES[name], ctypes.util.find_library(name)):
        try:
            if candidate:
                ctypes.CDLL(candidate)
                return True
        except OSError:
            continue
    return False


def ensure(log: Path, *, demo: bool = False) -> None:
    """Installs Pango if we may. Without Pango the portal works except for PDF documents, which is printed then.

    Raises CommandError for the demo, whose papers are drawn while it is loaded.
    """
    if missing() and apt.can_install():
        apt.install(PACKAGES, log)
    if not (absent := missing()):
        return
    told = f"PDF documents cannot be made: {', '.join(absent)} missing. Install: {apt.command(PACKAGES)}"
    others = "(Fedora: dnf install pango; macOS: brew install pango), then start again."
    if demo:
        raise CommandError(f"{told}\n{others} The demo needs them; bin/run --no-demo does not.")
    say(f"  {told}\n  {others} All else works.")
