"""How commands report a refusal: one line on stderr, exit code 2."""

import sys
from argparse import ArgumentParser
from typing import NoReturn

REFUSED = 2


def refuse(command: str, message: str) -> NoReturn:
    """Prints the message to stderr and ends the command with exit code 2."""
    sys.stderr.write(f"{command}: {' '.join(message.split())}\n")
    sys.exit(REFUSED)


def in_one_line(parser: ArgumentParser, command: str) -> None:
    """Makes the parser report wrong arguments in one line like other refusals, without the usage text."""
    parser.error = lambda message: refuse(command, message)  # type: ignore[method-assign]
