"""An invented customer's invoice and letter, to preview the operator's face on them (4.16). Nothing is stored."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.utils.translation import gettext as _

from billing.models import Invoice
from billing.reports import invoice_documents
from billing.selectors.invoice_lines import InvoiceLine, LineGroup, SubscriberSum
from operator_profile.models import RequisitesFields
from operator_profile.selectors import requisites
from sipcabinet.lib import clock
from sipcabinet.lib.money import Taxed
from sipcabinet.lib.periods import Month
from subscribers.charges import ChargeKind
from subscribers.models import Subscriber

ZERO = Decimal("0.00")
BUYER = {
    "name": "ООО «Образец»",
    "unp": "100000007",
    "address": "220000, г. Минск, ул. Примерная, 1",
    "iban": "BY86AKBB10100000002966000000",
    "bank": "ОАО «Банк-образец»",
    "bic": "AKBBBY2X",
}
ACCOUNT = SimpleNamespace(number="700100001", customer=SimpleNamespace(name=BUYER["name"]))
_LINES = [
    (ChargeKind.FEE, "SIP-соединение", "30.00"),
    (ChargeKind.SERVICE, "SIP-многоканальность", "11.00"),
    (ChargeKind.CALLS, "Беларусь: сети подвижной связи", "48.37"),
]


def invoice(supplier: RequisitesFields, logo: int | None) -> dict[str, Any]:
    """The context of an invoice of today with these requisites and this logo (the id of a picture)."""
    groups = [_group(at, *line) for at, line in enumerate(_LINES)]
    first = Subscriber(phone="+375173000000", label="")
    sums = [group.gross for group in groups]
    whole = Taxed.sum_of(groups)
    sample = _invoice(whole, supplier, logo)
    return invoice_documents.context_of_invoice(sample, groups, [SubscriberSum(whole.net, whole.vat, first, sums)])


def letter() -> dict[str, Any]:
    """The context of the letter «Счёт выставлен» about such an invoice."""
    issued = _invoice(Taxed.sum_of([_group(at, *line) for at, line in enumerate(_LINES)]), requisites.first())
    address = "https://cabinet.example/d/sample"
    return {
        "account": ACCOUNT,
        "invoice": issued,
        "attached": True,
        "file_format": "PDF",
        "link": address,
        "link_until": clock.now() + timedelta(days=14),
        "orders_link": address,
        "delivery_link": address,
    }


def _group(at: int, kind: ChargeKind, name: str, net: str) -> LineGroup:
    line = Taxed.rounded(Decimal(net), Decimal(25))
    shown = InvoiceLine(line.net, line.vat, kind, at, str(at), name, None, 1, 1)
    return LineGroup(line.net, line.vat, kind, [shown])


def _invoice(whole: Taxed, supplier: RequisitesFields, logo: int | None = None) -> Invoice:
    today, month = clock.today(), Month.current().shift(-1)
    return Invoice(
        month=month.first_day,
        number=_("ОБРАЗЕЦ"),
        issued_on=today,
        due_on=today + timedelta(days=15),
        parties={
            "supplier": requisites.party_of(supplier, logo),
            "buyer": BUYER,
            "contract_number": "SIP-1/2026",
            "contract_date": today.isoformat(),
            "account": ACCOUNT.number,
        },
        vat_percent=Decimal(25),
        opening=ZERO,
        payments=ZERO,
        corrections=ZERO,
        closing_balance=-whole.gross,
        due=whole.gross,
        net=whole.net,
        vat=whole.vat,
        total=whole.gross,
        purpose=_("Образец: не для оплаты"),
    )
