"""File names that every disk accepts, and ASCII file names for programs that read no other letters."""

import re
import unicodedata

_LETTERS = dict(zip("абвгдезийклмнопрстуфыэіў", "abvgdezijklmnoprstufyeiu", strict=True)) | {
    "ё": "yo",
    "ж": "zh",
    "х": "kh",
    "ц": "ts",
    "ч": "ch",
    "ш": "sh",
    "щ": "shch",
    "ъ": "",
    "ь": "",
    "ю": "yu",
    "я": "ya",
}
_CAPITALS = {letter.upper(): text.capitalize() for letter, text in _LETTERS.items()}
_TABLE = str.maketrans(_LETTERS | _CAPITALS | {"№": "No", "—": "-", "–": "-", "−": "-"})
LONGEST = 120  # characters of a name before its extension
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,10}$")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")

_FORBIDDEN = re.compile(r'[ \\/:*?"<>|\x00-\x1f\x7f]+')  # by Windows
_MOST_BYTES = 240  # of a name in UTF-8: Linux file systems accept 255


def safe_name(name: str) -> str:
    """The name without characters that Windows forbids, cut before its extension when it is too long for a disk."""
    whole = _FORBIDDEN.sub(" ", name).strip(" .") or "file"
    if len(whole.encode()) <= _MOST_BYTES:
        return whole
    stem, dot, extension = whole.rpartition(".")
    end = f"{dot}{extension[:10]}" if stem else ""
    room = _MOST_BYTES - len(end.encode())
    return (stem or whole).encode()[:room].decode(errors="ignore").rstrip(" ,.") + end


def ascii_name(name: str) -> str:
    """The name in ASCII letters, digits, `.`, `_` and `-`: `Schyot_No_7.pdf` for `Счёт № 7.pdf`.

    At most LONGEST characters before the extension; never empty.
    """
    plain = unicodedata.normalize("NFKD", name.translate(_TABLE)).encode("ascii", "ignore").decode()
    whole = _UNSAFE.sub("_", plain)
    stem, end = (whole[: found.start()], found[0]) if (found := _EXTENSION.search(whole)) else (whole, "")
    return f"{stem[:LONGEST].strip('._-') or 'file'}{end}"
