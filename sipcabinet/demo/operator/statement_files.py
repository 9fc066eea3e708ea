"""Bank statements of the demo: client-bank text of type 4, as banks in Belarus export it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from operator_profile.selectors import requisites

IBAN = "BY27PRIM30120000000000000933"  # used when the operator has not set an account
OPENING = Decimal("10000.00")  # of the first statement
COMMISSION = Decimal("1.50")


@dataclass(frozen=True, slots=True)
class Credit:
    """A credit: received money, BYN."""

    payer: str
    unp: str
    iban: str
    amount: Decimal
    purpose: str


def write(received: Sequence[Credit], first: date, last: date, opening: Decimal, taken: Credit | None = None) -> bytes:
    """The statement of the days from `first` to `last`, which begins with the balance `opening`, BYN. All its documents
    have the date `last`, also the bank's commission. `taken`: a credit that goes back to its payer."""
    shown = f"{last:%d.%m.%Y}"
    came = sum((credit.amount for credit in received), Decimal("0.00"))
    went = COMMISSION + (taken.amount if taken else 0)
    own = next(iter(requisites.ibans_in_force()), IBAN)
    lines = [
        f"***** ^Type=4^ ^Acc={own}^",
        "[IN_PARAM]",
        f"^DateBegin={first:%d.%m.%Y}^",
        "[OUT_PARAM]",
        f"^DateBegin={first:%d.%m.%Y}^",
        f"^DateEnd={shown}^",
        f"^RestIn={opening}^",
    ]
    for number, credit in enumerate(received, 1):
        lines += _document(f"{last:%Y%m%d}-{number}", str(100 + number), shown, credit)
    if taken is not None:
        lines += _document(f"{last:%Y%m%d}-back", "90", shown, taken, is_debit=True)
    lines += _commission(f"{last:%Y%m%d}-0", shown, own)
    lines += [f"^DB={went}^", f"^CR={came}^", f"^RestOut={opening + came - went}^", "#" * 40]
    return "\r\n".join([*lines, ""]).encode("windows-1251")


def _document(operation: str, number: str, day: str, credit: Credit, *, is_debit: bool = False) -> list[str]:
    db, cr = (credit.amount, "0.00") if is_debit else ("0.00", credit.amount)
    return [
        f"^DocDate={day}^",
        f"^Num={number}^",
        "^Code=PRIMBY2X^",
        f"^Acc={credit.iban}^",
        f"^OperationID={operation}^",
        f"^Db={db}^",
        f"^Credit={cr}^",
        f"^KorUNP={credit.unp}^",
        f"^KorName={credit.payer}^",
        f"^Nazn={credit.purpose}^",
        f"^OpDate={day}^",
        "^DateTime=13:48:46^",
    ]


def _commission(operation: str, day: str, own: str) -> list[str]:
    return [
        f"^DocDate={day}^",
        "^Num=1^",
        "^Code=PRIMBY2X^",
        f"^Acc={own}^",
        f"^OperationID={operation}^",
        f"^Db={COMMISSION}^",
        "^Credit=0.00^",
        "^KorUNP=100000007^",
        "^KorName=ОАО «Банк Пример»^",
        "^Nazn=Комиссия банка^",
        f"^OpDate={day}^",
        "^DateTime=18:00:00^",
    ]
