"""Decodes a bank's file, its sums and its days. A wrong encoding is refused, never read as gibberish."""

import re
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from billing.statements.records import StatementError

MOST_BYTES = 20 * 1024 * 1024
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_DOS = "Кодировка=DOS".encode("cp866")
_AMOUNT = re.compile(r"[+-]?\d+(\.\d{1,2}0*)?")
_TOO_MUCH = Decimal(10) ** 12  # no payment is as large
_USUAL = re.compile(r"[А-Яа-яЁёІіЎўҐґ«»–—„“”’‘•№…°±§©®™\u00a0\u00ad]")
_FOREIGN = re.compile(r"[^\x00-\x7f]")
_CAPITALISED, _INVERTED = re.compile(r"\b[А-ЯЁ][а-яё]{2,}\b"), re.compile(r"\b[а-яё][А-ЯЁ]{2,}\b")
_RARE = re.compile(r"[йъьфщэ]", re.IGNORECASE)  # 4 % of Russian, 17 % of Russian in KOI8-R decoded as windows-1251
_LETTER = re.compile(r"[А-Яа-яЁё]")
_ENOUGH_LETTERS = 60
_DAY_FORMS = ("%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y", "%Y.%m.%d")


def decode(content: bytes) -> str:
    """Decodes a file in windows-1251 or UTF-8 (with or without a BOM), or in the DOS code page if a 1C file says so.

    Raises StatementError for anything else.
    """
    if not content.strip():
        raise StatementError(_("файл пуст"), code="statement.empty")
    if len(content) > MOST_BYTES:
        raise StatementError(_("файл больше 20 МБ: это не выписка"), code="statement.too_large")
    if content.startswith(_UTF16) or b"\0" in content:
        raise _wrong_encoding()
    text = _text(content).replace("\r\n", "\n").replace("\r", "\n")
    if _is_gibberish(text):
        raise _wrong_encoding()
    return text


def amount(value: str, what: str) -> Decimal:
    """Parses a sum with a point or a comma, with or without spaces between groups; raises StatementError."""
    plain = re.sub(r"[\s\u00a0\u202f']", "", value).replace(",", ".").replace("\u2212", "-")
    if not _AMOUNT.fullmatch(plain) or len(plain) > 18 or abs(Decimal(plain)) >= _TOO_MUCH:
        raise StatementError(_("непонятная сумма: %(what)s «%(value)s»") % {"what": what, "value": value[:40]})
    return Decimal(plain).quantize(Decimal("0.01"))


def day(value: str, what: str) -> date:
    """Parses a day and ignores a time after it; raises StatementError."""
    for form in _DAY_FORMS:
        try:
            return datetime.strptime(value.strip()[:10], form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise StatementError(_("непонятная дата: %(what)s «%(value)s»") % {"what": what, "value": value[:40]})


def account_number(value: str) -> str:
    """An IBAN or account number normalized for comparison: without spaces, in capitals."""
    return re.sub(r"\s", "", value).upper()


def _text(content: bytes) -> str:
    if _DOS in content[:500]:
        return content.decode("cp866")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("windows-1251")
    except UnicodeDecodeError:
        raise _wrong_encoding() from None


def _is_gibberish(text: str) -> bool:
    """Whether over a tenth of the non-ASCII characters are not Russian, or the letters come from another encoding."""
    if "\ufffd" in text:
        return True
    foreign = _FOREIGN.findall(text)
    usual = sum(1 for sign in foreign if _USUAL.match(sign))
    return (len(foreign) - usual) * 10 > len(foreign) or _is_other_code(text)


def _is_other_code(text: str) -> bool:
    """Whether the text looks like KOI8-R read as windows-1251: letters change case, rare letters become common."""
    if len(_INVERTED.findall(text)) > len(_CAPITALISED.findall(text)):
        return True
    letters = len(_LETTER.findall(text))
    return letters >= _ENOUGH_LETTERS and len(_RARE.findall(text)) * 8 > letters


def _wrong_encoding() -> StatementError:
    return StatementError(
        _("кодировка файла не распознана: нужна windows-1251 или UTF-8; выгрузите выписку из банка заново"),
        code="statement.encoding",
    )
