"""Money for tests: issued invoices and payments written directly into the tables, as the services would leave them."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

from accounts.models import Account
from billing.models import CounterKind, EntryKind, Invoice, Payment, ServiceAct
from billing.selectors import balance
from billing.services import counters, ledger
from sipcabinet.lib import clock, money
from sipcabinet.lib.periods import Month
from subscribers.models import AccountMonth, Charge, Subscriber

VAT = Decimal(25)
PARTIES: dict[str, Any] = {
    "supplier": {
        "name": "ООО «Оператор»",
        "address": "220000, г. Минск, ул. Связи, 1",
        "unp": "100000007",
        "iban": "BY86AKBB10100000002966000000",
        "bank": "ОАО «Банк»",
        "bic": "AKBBBY2X",
    },
    "contract_number": "SIP-1/2024",
    "contract_date": "2024-03-15",
}


def invoice_of(
    account: Account,
    month: Month | str,
    net: str | Decimal = "100.00",
    *,
    subscriber: Subscriber | None = None,
    issued_on: date | None = None,
    due_on: date | None = None,
) -> Invoice:
    """Creates an issued invoice of a month, with its act, ledger entry and one charge (a fee of `subscriber`, if
    given).

    By default issued on the 10th of the next month, due on the 25th.
    """
    month = Month.parse(month) if isinstance(month, str) else month
    amount = Decimal(net)
    vat = money.kopecks(amount * VAT / 100)
    closing = AccountMonth.objects.create(account=account, month=month.first_day, vat_percent=VAT)
    if subscriber is not None:
        Charge.objects.create(
            account=account,
            closing=closing,
            month=month.first_day,
            subscriber=subscriber,
            kind="fee",
            key=subscriber.plan_id,
            code=subscriber.plan.code,
            name=subscriber.plan.name,
            detail="весь месяц",
            quantity=month.days,
            net=amount,
            vat=vat,
        )
    return _issue(closing, month, amount, vat, issued_on=issued_on, due_on=due_on)


def _issue(
    closing: AccountMonth, month: Month, net: Decimal, vat: Decimal, *, issued_on: date | None, due_on: date | None
) -> Invoice:
    account, after = closing.account, month.shift(1).first_day
    day = issued_on or after.replace(day=10)
    standing, total = balance.balance(account), net + vat
    serial = counters.take(CounterKind.INVOICE)
    invoice = Invoice.objects.create(
        account=account,
        closing=closing,
        month=month.first_day,
        serial=serial,
        number=counters.shown(serial),
        issued_on=day,
        due_on=due_on or after.replace(day=25),
        parties={
            **PARTIES,
            "buyer": {"name": account.customer.name, "unp": account.customer.unp},
            "account": account.number,
        },
        vat_percent=VAT,
        opening=standing,
        payments=Decimal("0.00"),
        corrections=Decimal("0.00"),
        closing_balance=standing - total,
        due=max(Decimal("0.00"), total - standing),
        purpose=f"Оплата по счёту № {counters.shown(serial)}, л/с {account.number}",
        net=net,
        vat=vat,
        total=total,
    )
    serial = counters.take(CounterKind.ACT)
    ServiceAct.objects.create(
        account=account,
        invoice=invoice,
        serial=serial,
        number=counters.shown(serial),
        made_on=month.last_day,
        net=net,
        vat=vat,
        total=total,
    )
    ledger.book(
        account=account,
        kind=EntryKind.INVOICE,
        amount=-total,
        booked_on=day,
        title=f"Счёт № {invoice.number} за {month.label}",
        source_key=f"invoice:{invoice.pk}",
        due_on=invoice.due_on,
        invoice=invoice,
    )
    return invoice


def corrected(
    account: Account, amount: str, on: date, title: str = "Корректировка", due_on: date | None = None
) -> None:
    """Books an entry that is neither an invoice nor a payment."""
    key = f"test:{uuid4().hex}"
    ledger.book(
        account=account,
        kind=EntryKind.CORRECTION,
        amount=Decimal(amount),
        booked_on=on,
        title=title,
        source_key=key,
        due_on=due_on,
    )


def paid(account: Account, amount: str | Decimal, on: date | None = None, **fields: Any) -> Payment:
    """Creates a payment by bank, and its ledger entry."""
    payment = Payment.objects.create(
        account=account,
        amount=Decimal(amount),
        received_on=on or clock.today(),
        source_key=f"test:{uuid4().hex}",
        **fields,
    )
    ledger.book(
        account=account,
        kind=EntryKind.PAYMENT,
        amount=payment.amount,
        booked_on=payment.received_on,
        title="Платёж",
        source_key=f"payment:{payment.pk}",
    )
    return payment
