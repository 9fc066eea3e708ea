"""The options that the commands have in common."""

from argparse import ArgumentParser

from subscribers.management.refusal import in_one_line


def add_common(parser: ArgumentParser, command: str, *, dry_run: str = "", told: str = "a JSON object") -> None:
    """Adds `--json` (its help says that it prints `told`). Adds `--dry-run` if `dry_run`, its help, is not empty. Wrong
    arguments then end the command with one line on stderr."""
    in_one_line(parser, command)
    if dry_run:
        parser.add_argument("--dry-run", action="store_true", help=dry_run)
    parser.add_argument("--json", action="store_true", help=f"{told} on stdout")
