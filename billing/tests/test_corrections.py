"""корректировка: corrects an issued invoice that stays unchanged, VAT rounded per charge; refused, it writes nothing
(4.7)."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from accounts.models import Account, AuditEvent, User
from billing.models import Correction, CorrectionLine, Invoice, LedgerEntry
from billing.selectors import balance, debts
from billing.selectors import corrections as correction_selectors
from billing.services import corrections
from billing.services.corrections import CorrectionError
from billing.tests.issued import account_with_trunk, issued
from subscribers.models import Charge, Subscriber
from subscribers.tests.factories import ServiceAssignmentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def november(at: Callable[[str], Any]) -> None:
    at("2026-11-12 09:00")


@pytest.fixture
def account(november: None) -> Account:
    return account_with_trunk()


@pytest.fixture
def invoice(account: Account) -> Invoice:
    """An invoice with a fee of 12.00 and a service of 1.50: 16.88 in total."""
    ServiceAssignmentFactory.create(subscriber=Subscriber.objects.get())
    return issued(account)


def charges_of(invoice: Invoice) -> Sequence[Charge]:
    return list(invoice.closing.charges.order_by("place"))


def test_it_adds_the_difference(invoice: Invoice, staff: User) -> None:
    fee, service = charges_of(invoice)
    changes = [(fee, Decimal("10.01")), (service, Decimal("1.49"))]

    mended = corrections.issue(invoice=invoice, changes=changes, reason=" Ошибка в тарифе ", staff=staff)

    # 10.01 has VAT 2.5025 → 2.50, and 1.49 has 0.3725 → 0.37: VAT is rounded per charge, not for the sum.
    assert (mended.net, mended.vat, mended.total) == (Decimal("-2.00"), Decimal("-0.51"), Decimal("-2.51"))
    assert (mended.number, mended.reason, mended.issued_by) == ("000001", "Ошибка в тарифе", staff)
    assert balance.balance(invoice.account) == -invoice.total + Decimal("2.51")
    assert LedgerEntry.objects.get(kind="correct").title == f"Корректировка № 000001 к счёту № {invoice.number}"
    assert AuditEvent.objects.get(action="invoice.corrected").account == invoice.account
    assert debts.of(invoice.account)[0].amount == invoice.total - Decimal("2.51")


def test_the_next_one_counts_from_the_former(invoice: Invoice) -> None:
    fee, _service = charges_of(invoice)
    corrections.issue(invoice=invoice, changes=[(fee, Decimal("10.00"))], reason="Раз")

    second = corrections.issue(invoice=invoice, changes=[(fee, Decimal("12.00"))], reason="Два")

    assert (second.number, second.total) == ("000002", Decimal("2.50"))
    assert balance.balance(invoice.account) == -invoice.total
    line = correction_selectors.lines(second)[0]
    assert (line.was, line.now) == (Decimal("10.00"), Decimal("12.00"))


def test_refusals_write_nothing(invoice: Invoice, staff: User) -> None:
    fee, service = charges_of(invoice)
    foreign = charges_of(issued(account_with_trunk()))[0]
    ten = Decimal("10.00")
    refused: list[tuple[list[tuple[Charge, Decimal]], str, str]] = [
        ([(fee, ten)], "  ", "correction.no_reason"),
        ([(fee, ten)], "x" * 301, "correction.long_reason"),
        ([], "Ошибка", "correction.nothing"),
        ([(fee, ten), (fee, Decimal("9.00"))], "Ошибка", "correction.twice"),
        ([(fee, ten), (foreign, ten)], "Ошибка", "correction.foreign"),
        ([(fee, Decimal("-0.01"))], "Ошибка", "correction.amount"),
        ([(fee, Decimal("1.001"))], "Ошибка", "correction.amount"),
        ([(fee, Decimal("NaN"))], "Ошибка", "correction.amount"),
        ([(fee, ten), (service, service.net)], "Ошибка", "correction.no_difference"),
    ]
    for changes, reason, code in refused:
        with pytest.raises(CorrectionError) as refusal:
            corrections.issue(invoice=invoice, changes=changes, reason=reason, staff=staff)
        assert refusal.value.code == code
    assert not Correction.objects.exists()
    assert not CorrectionLine.objects.exists()
    assert corrections.issue(invoice=invoice, changes=[(fee, ten)], reason="Ошибка").number == "000001"


@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_one_after_another(at: Callable[[str], Any]) -> None:
    invoice = issued(account_with_trunk())
    fee = charges_of(invoice)[0]

    def mend(net: str) -> Decimal:
        try:
            return corrections.issue(invoice=invoice, changes=[(fee, Decimal(net))], reason="Ошибка").net
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        nets = list(pool.map(mend, [f"{10 + at}.00" for at in range(8) if at != 2]))

    last = Correction.objects.order_by("-serial")[0]
    assert sum(nets, fee.net) == correction_selectors.lines(last)[0].now
