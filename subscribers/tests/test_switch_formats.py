"""Every format of switch files is complete: a reader, a choice at the desk, a test file with faults, docs (4.4)."""

from collections.abc import Collection
from pathlib import Path

from django.conf import settings

from subscribers.cdr import READERS, CallFormat
from subscribers.models import SwitchFormat

GUIDE = Path(settings.BASE_DIR) / "docs/formats.md"
FILES = Path(__file__).parent / "files"


def forgotten(readers: Collection[str], choices: Collection[str], files: Collection[str], guide: str) -> list[str]:
    """Names, in words, what a format lacks."""
    known = {*map(str, CallFormat)}
    return sorted(
        [f"«{fmt}» has no reader in READERS (subscribers/cdr/formats.py)" for fmt in known - {*readers}]
        + [f"«{fmt}» is no value of SwitchFormat (subscribers/models/call_import.py)" for fmt in known - {*choices}]
        + [
            f"«{fmt}» of SwitchFormat is no value of CallFormat (subscribers/cdr/formats.py)"
            for fmt in {*choices} - known
        ]
        + [f"subscribers/tests/files/{fmt}.* is missing" for fmt in known - {*files}]
        + [f"«{fmt}» is not in docs/formats.md" for fmt in known if f"`{fmt}`" not in guide]
    )


def test_every_format_has_its_places() -> None:
    files = [path.stem for path in FILES.iterdir()]
    guide = GUIDE.read_text(encoding="utf-8")
    assert forgotten([*map(str, READERS)], SwitchFormat.values, files, guide) == []


def test_a_forgotten_place_is_named() -> None:
    assert forgotten(["asterisk", "generic"], ["asterisk", "freeswitch", "yate"], ["asterisk"], "`freeswitch`") == [
        "subscribers/tests/files/freeswitch.* is missing",
        "subscribers/tests/files/fs-json.* is missing",
        "subscribers/tests/files/generic.* is missing",
        "«asterisk» is not in docs/formats.md",
        "«freeswitch» has no reader in READERS (subscribers/cdr/formats.py)",
        "«fs-json» has no reader in READERS (subscribers/cdr/formats.py)",
        "«fs-json» is no value of SwitchFormat (subscribers/models/call_import.py)",
        "«fs-json» is not in docs/formats.md",
        "«generic» is no value of SwitchFormat (subscribers/models/call_import.py)",
        "«generic» is not in docs/formats.md",
        "«yate» of SwitchFormat is no value of CallFormat (subscribers/cdr/formats.py)",
    ]
