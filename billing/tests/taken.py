"""Imported statements, and the outcomes of their credits."""

from billing.services import statements
from billing.services.statements import Fate
from billing.tests import bank_files
from billing.tests.bank_files import Doc

NUMBER = "700990001"  # the account of the fixture `payer`


def take(*docs: Doc, name: str = "client-bank 4") -> statements.Taken:
    return statements.take_in(bank_files.MAKERS[name](docs), file_name="statement.txt")


def counts(taken: statements.Taken) -> tuple[int, int, int]:
    """How many credits were booked, found to be duplicates, and put in suspense."""
    return taken.count(Fate.BOOKED), taken.count(Fate.DUPLICATE), taken.count(Fate.SUSPENDED)
