"""Imports switch files: `manage.py import_calls FILE… --format freeswitch --source main [--dry-run] [--json]` (4.4).

Exit codes: 0 all rows imported, 3 some rejected (kept with their reasons), 2 wrong usage or an unreadable file.
"""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand
from django.core.validators import validate_slug
from tqdm import tqdm

from sipcabinet.lib.errors import DomainError
from subscribers.calls import imports, sources
from subscribers.cdr import CallFormat, UnreadableFileError
from subscribers.management.options import add_common
from subscribers.management.refusal import refuse
from subscribers.models import CallSource

PARTLY = 3


class Command(BaseCommand):
    help = "Takes in files of call records from a switch; a file or a call taken in twice counts once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_common(
            parser,
            "import_calls",
            dry_run="say what would come of it and write nothing",
            told="one JSON object per file",
        )
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
        parser.add_argument("--format", required=True, choices=[fmt.value for fmt in CallFormat], dest="fmt")
        parser.add_argument("--source", required=True, help="name of the switch; a new name makes a new source")

    def handle(self, *_args: Any, files: list[Path], fmt: str, source: str, **options: Any) -> None:
        try:
            validate_slug(source)
            found = sources.find(name=source, fmt=fmt, save=not options["dry_run"])
            totals = [self._take_in(path, found, options) for path in _readable(files)]
        except (OSError, UnreadableFileError, DomainError) as error:
            refuse("import_calls", str(error))
        except ValidationError:
            refuse("import_calls", f"недопустимое имя источника: {source}")
        if any(counts.rejected for counts in totals):
            sys.exit(PARTLY)

    def _take_in(self, path: Path, source: CallSource, options: dict[str, Any]) -> imports.ImportCounts:
        with tqdm(
            total=path.stat().st_size, desc=path.name, unit="B", unit_scale=True, disable=None, file=sys.stderr
        ) as bar:

            def progress(position: int) -> None:
                bar.update(position - bar.n)

            try:
                counts = self._run(path, source, dry_run=options["dry_run"], progress=progress)
            except UnreadableFileError as error:
                raise UnreadableFileError(f"{path}: {error}") from error
        self.stdout.write(_report(path, counts, as_json=options["json"]))
        return counts

    def _run(
        self, path: Path, source: CallSource, *, dry_run: bool, progress: imports.Progress
    ) -> imports.ImportCounts:
        if dry_run:
            with path.open("rb") as file:
                return imports.rehearse(file, source, progress=progress)
        return imports.run(imports.begin(path=path, source=source), path, progress=progress)


def _readable(files: list[Path]) -> list[Path]:
    """The files, after checking that each can be opened: nothing is written if one of them is missing."""
    for path in files:
        with path.open("rb"):
            pass
    return files


def _report(path: Path, counts: imports.ImportCounts, *, as_json: bool) -> str:
    if as_json:
        return json.dumps({"file": str(path), **asdict(counts)}, ensure_ascii=False)
    line = f"{path}: read {counts.read}, new {counts.new}, duplicate {counts.duplicate}, rejected {counts.rejected}"
    reasons = ", ".join(f"{code} {count}" for code, count in sorted(counts.reasons.items()))
    return f"{line} ({reasons})" if reasons else line
