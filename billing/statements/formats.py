"""Finds the reader for a file by its first lines. Every statement that is read has been proved."""

from enum import StrEnum

from django.utils.translation import gettext as _

from billing.statements import camt, client_bank, one_c, table, text
from billing.statements.records import Statement, StatementError, prove


class StatementFormat(StrEnum):
    CLIENT_BANK = "client-bank"
    ONE_C = "1c"
    CAMT053 = "camt053"
    CSV = "csv"

    @property
    def label(self) -> str:
        """As people call it."""
        return {"client-bank": _("клиент-банк"), "1c": "1CClientBankExchange", "camt053": "camt.053"}.get(self, "CSV")


def read(content: bytes, fmt: StatementFormat | None = None, own: str = "") -> tuple[StatementFormat, Statement]:
    """Reads and proves the statement in a file; returns its format, too. `own` is our account, if configured.

    Raises StatementError for a file of an unknown format or of another than `fmt`, for what its reader refuses, for a
    statement of another account, and for sums that do not add up.
    """
    own = text.account_number(own)
    found = _detect(content)
    if fmt is not None and fmt != found:
        raise StatementError(_("это файл формата %(found)s, а не %(told)s") % {"found": found, "told": fmt})
    statement = _read(content, found, own)
    if own and statement.iban != own:
        raise StatementError(
            _("выписка по счёту %(iban)s, а счёт оператора %(own)s") % {"iban": statement.iban, "own": own},
            code="statement.iban",
        )
    prove(statement)
    return found, statement


def _detect(content: bytes) -> StatementFormat:
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return StatementFormat.CAMT053
    decoded = text.decode(content)
    first = decoded.lstrip().partition("\n")[0].strip()
    if first.startswith(client_bank.MARK):
        return StatementFormat.CLIENT_BANK
    if first == one_c.MARK:
        return StatementFormat.ONE_C
    if table.is_header(first):
        return StatementFormat.CSV
    raise StatementError(_("формат файла не распознан"), code="statement.format")


def _read(content: bytes, fmt: StatementFormat, own: str) -> Statement:
    """Has no default branch: mypy refuses this function if a format has no reader."""
    match fmt:
        case StatementFormat.CAMT053:
            return camt.read(content, own)
        case StatementFormat.CLIENT_BANK:
            return client_bank.read(text.decode(content).lstrip())
        case StatementFormat.ONE_C:
            return one_c.read(text.decode(content).lstrip(), own)
        case StatementFormat.CSV:
            return table.read(text.decode(content).lstrip())
