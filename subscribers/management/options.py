"""The options that the commands have in common."""

from argparse import ArgumentParser

from subscribers.management.refusal import in_one_line


def add_common(parser: ArgumentParser, command: str, *, dry_run: str = "", told: str = "a JSON object") -> None:
    """Adds `--json`, which prints `told`, and `--dry-run` if its help is given; wrong arguments are reported in one
    line."""
    in_one_line(parser, command)
    if dry_run:
        parser.add_argument("--dry-run", action="store_true", help=dry_run)
    parser.add_argument("--json", action="store_true", help=f"{told} on stdout")
