"""Readers of bank statements: they take bytes and return a proved statement. No database (4.6)."""

from billing.statements.formats import StatementFormat, read
from billing.statements.records import Movement, Statement, StatementError

__all__ = ["Movement", "Statement", "StatementError", "StatementFormat", "read"]
