"""Documents of any length for tests: contexts for their templates, without rows in the database."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from billing.models import Correction, Invoice
from billing.reports import invoice_documents
from billing.selectors.corrections import CorrectedLine
from billing.selectors.invoice_lines import InvoiceLine, LineGroup, SubscriberSum
from billing.selectors.reconciliation import Reconciliation, ReconciliationLine
from sipcabinet.lib.money import Taxed
from sipcabinet.lib.periods import Month
from subscribers.charges import ChargeKind
from subscribers.models import Charge, Subscriber

MONTH = Month(2026, 10)
ZERO = Decimal("0.00")
NET, VAT = Decimal("12.00"), Decimal("3.00")
SIDE = {
    "name": "ООО «Полесские сети»",
    "unp": "100000007",
    "address": "220030, г. Минск, ул. Октябрьская, 5",
    "iban": "BY13POLS30120000000000000000",
    "bank": "ОАО «Банк Полесья»",
    "bic": "POLSBY2X",
}
ACCOUNT = SimpleNamespace(number="700100001", contract_number="SIP-1/2024", contract_date=date(2024, 3, 15))
SIDES = {"supplier": SIDE, "buyer": SIDE}
Context = dict[str, Any]


def invoice_of(total: Taxed) -> Invoice:
    """An invoice without an account."""
    return Invoice(
        month=MONTH.first_day,
        number="000123",
        issued_on=date(2026, 11, 10),
        due_on=date(2026, 11, 25),
        parties=SIDES | {"contract_number": "SIP-1/2024", "contract_date": "2024-03-15", "account": "700100001"},
        vat_percent=Decimal(25),
        opening=ZERO,
        payments=ZERO,
        corrections=ZERO,
        closing_balance=-total.gross,
        due=total.gross,
        net=total.net,
        vat=total.vat,
        total=total.gross,
        purpose="Оплата услуг связи за октябрь 2026 по счёту № 000123 от 10.11.2026, лицевой счёт 700100001",
    )


def groups(count: int) -> list[LineGroup]:
    """Groups with `count` lines: a fee, two services if `count` allows, otherwise calls; some names take two lines."""
    kinds = [ChargeKind.FEE, ChargeKind.SERVICE, ChargeKind.SERVICE, *[ChargeKind.CALLS] * count][:count]
    lines = [InvoiceLine(NET, VAT, kind, at, str(at), _name(at), None, 1, 31) for at, kind in enumerate(kinds)]
    parts = {kind: [line for line in lines if line.kind == kind] for kind in dict.fromkeys(kinds)}
    return [LineGroup(NET * len(part), VAT * len(part), kind, part) for kind, part in parts.items()]


def people(count: int) -> list[SubscriberSum]:
    """Sums of `count` subscribers."""
    return [
        SubscriberSum(NET, VAT, Subscriber(phone=f"+37517{3_000_000 + at}", label=_name(at)), [NET + VAT, ZERO, ZERO])
        for at in range(count)
    ]


def invoice(count: int) -> Context:
    """An invoice of `count` lines, for two numbers."""
    found = groups(count)
    return invoice_documents.context_of_invoice(invoice_of(Taxed.sum_of(found)), found, people(2))


def invoice_of_one(count: int) -> Context:
    """An invoice of `count` lines, for a single number."""
    found = groups(count)
    return invoice_documents.context_of_invoice(invoice_of(Taxed.sum_of(found)), found, people(1))


def appendix(count: int) -> Context:
    """An invoice whose appendix has `count` numbers, at least two."""
    found = groups(20)
    return invoice_documents.context_of_invoice(invoice_of(Taxed.sum_of(found)), found, people(max(2, count)))


def act(count: int) -> Context:
    found = invoice(count)
    made = SimpleNamespace(number="000123", made_on=date(2026, 10, 31), total=found["invoice"].total, vat=VAT)
    return found | {"act": made, "total_in_words": found["due_in_words"], "vat_in_words": found["due_in_words"]}


def correction(count: int) -> Context:
    found = invoice(2)
    subscriber = Subscriber(phone="+375173000000")
    charges = (Charge(name=_name(at), subscriber=subscriber) for at in range(count))
    lines = [CorrectedLine(net=NET, vat=VAT, charge=charge, was=NET) for charge in charges]
    document = Correction(number="К-000001", issued_on=date(2026, 11, 20), reason="Ошибка в тарифе")
    document.net, document.vat, document.total = NET * count, VAT * count, (NET + VAT) * count
    words = {"absolute": document.total, "total_in_words": found["due_in_words"]}
    return found | words | {"correction": document, "lines": lines}


def preliminary(count: int) -> Context:
    """A preliminary invoice of `count` lines, without an appendix."""
    return _preliminary(count, [])


def preliminary_appendix(count: int) -> Context:
    """A preliminary invoice with an appendix of `count` numbers."""
    return _preliminary(9, people(count))


def reconciliation(count: int) -> Context:
    """A reconciliation with `count` documents, all paid."""
    return _reconciliation(Reconciliation(MONTH.first_day, MONTH.last_day, ZERO, _entries(count)))


def unpaid(count: int) -> Context:
    """A reconciliation with `count` unpaid documents."""
    owed: Any = [
        SimpleNamespace(debt=SimpleNamespace(title=_name(at)), due_on=MONTH.last_day, unpaid=NET) for at in range(count)
    ]
    return _reconciliation(Reconciliation(MONTH.first_day, MONTH.last_day, -NET, _entries(3), owed))


PAPERS: dict[str, tuple[str, Callable[[int], Context]]] = {
    "invoice": ("pdf/invoice.html", invoice),
    "invoice of one number": ("pdf/invoice.html", invoice_of_one),
    "appendix": ("pdf/invoice.html", appendix),
    "act": ("pdf/act.html", act),
    "correction": ("pdf/correction.html", correction),
    "preliminary": ("pdf/preliminary.html", preliminary),
    "preliminary appendix": ("pdf/preliminary.html", preliminary_appendix),
    "reconciliation": ("pdf/reconciliation.html", reconciliation),
    "unpaid": ("pdf/reconciliation.html", unpaid),
}


def _preliminary(count: int, shown: list[SubscriberSum]) -> Context:
    found = invoice(count)
    found["invoice"].until = date(2026, 10, 20)
    return found | {
        "order": SimpleNamespace(number="З-2026-000123"),
        "account": ACCOUNT,
        "calls_known": "Звонки учтены по 20.10.2026, 12:00",
        "listed": False,
        "count": 5000,
        "alone": None,
        "subscribers": shown,
        "appendix_totals": [NET] * 3,
    }


def _reconciliation(found: Reconciliation) -> Context:
    words = {"absolute": abs(found.closing), "closing_in_words": "Двенадцать белорусских рублей 00 копеек"}
    return SIDES | words | {"found": found, "account": ACCOUNT}


def _entries(count: int) -> list[ReconciliationLine]:
    return [ReconciliationLine(MONTH.first_day, _name(at), NET, ZERO) for at in range(count)]


def _name(at: int) -> str:
    """A name; every seventh name is long."""
    return f"Услуга связи {at}" + ", соединения с сетями операторов других стран и спутниковыми сетями" * (at % 7 == 3)
