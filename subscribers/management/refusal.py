"""How commands refuse: one line on stderr, exit code 2."""

import sys
from argparse import ArgumentParser
from typing import NoReturn

REFUSED = 2


def refuse(command: str, message: str) -> NoReturn:
    """Ends the command."""
    sys.stderr.write(f"{command}: {' '.join(message.split())}\n")
    sys.exit(REFUSED)


def in_one_line(parser: ArgumentParser, command: str) -> None:
    """Wrong arguments are refused as everything else is, without the usage."""
    parser.error = lambda message: refuse(command, message)  # type: ignore[method-assign]
