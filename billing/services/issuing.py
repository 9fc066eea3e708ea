"""Issues the invoice of an account's closed month, together with its act (4.7)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from accounts.models import Account, AuditEvent
from accounts.services import audit
from billing.models import CounterKind, EntryKind, Invoice, LedgerEntry, ServiceAct
from billing.models.ledger import TAKEN
from billing.selectors import balance, parties
from billing.selectors.current_charges import CurrentCharges
from billing.services import counters, ledger, mailings, monthly_detail
from sipcabinet.lib import clock, money, tenancy
from sipcabinet.lib.money import NetAndVat, Taxed
from sipcabinet.lib.periods import Month
from subscribers.models import AccountMonth
from subscribers.services import charging

log = structlog.get_logger(__name__)
ZERO = Decimal("0.00")
# What counts as payments and as corrections on an invoice: also money that left the account again, debts written off.
PAID = (EntryKind.PAYMENT, *TAKEN)
CORRECTED = (EntryKind.CORRECTION, EntryKind.WRITE_OFF)
DRAFT_NUMBER = "ПРОЕКТ"


@dataclass(frozen=True, slots=True)
class MoneyBefore:
    """The account's money right before an invoice, BYN; the balance is opening + payments + corrections."""

    opening: Decimal
    payments: Decimal
    corrections: Decimal

    @property
    def balance(self) -> Decimal:
        return self.opening + self.payments + self.corrections


def issue(*, account: Account, month: Month, issued_on: date) -> Invoice | None:
    """Issues the account's invoice for a closed month, with its act and ledger entry; returns an existing invoice.

    None if there is nothing to charge. One transaction: it locks the account's money and, near its end, the counters of
    numbers. Raises the errors of `charging.freeze`; then nothing is written.
    """
    with transaction.atomic():
        ledger.lock(account)
        known = tenancy.of(account).rows(Invoice).filter(month=month.first_day).first()
        if known is not None:
            return known
        closing = charging.freeze(account=account, month=month)
        if closing is None:
            return None
        return _issue(closing, month, issued_on)


def draft(*, account: Account, month: Month, found: CurrentCharges) -> Invoice:
    """The invoice of an open month as it would be issued now, for a preview: without a number, never saved."""
    issued_on = clock.today()
    facts = facts_of(
        account,
        month,
        issued_on,
        sums=found,
        standing=_standing(account),
        sides=parties.of(account, issued_on),
        vat_percent=found.vat_percent,
    )
    return Invoice(number=DRAFT_NUMBER, purpose=_purpose(account, DRAFT_NUMBER, facts), **facts)


def _issue(closing: AccountMonth, month: Month, issued_on: date) -> Invoice:
    account = Account.objects.select_related("customer").get(pk=closing.account_id)
    sums = Taxed(**closing.charges.aggregate(net=Sum("net"), vat=Sum("vat")))
    standing, sides = _standing(account), parties.of(account, issued_on)
    facts = facts_of(
        account, month, issued_on, sums=sums, standing=standing, sides=sides, vat_percent=closing.vat_percent
    )
    # The counters are locked from here on: other issuing transactions wait until this one ends.
    invoice = invoice_of(counters.take(CounterKind.INVOICE), closing=closing, **facts)
    invoice.save(force_insert=True)
    act = act_of(invoice, counters.take(CounterKind.ACT))
    act.save(force_insert=True)
    ledger.book_invoices([invoice])
    mailings.order(invoice=invoice)
    monthly_detail.order_for(account=account, month=month)
    audit.record_all([event_of(invoice, act)])
    tell(invoice)
    return invoice


def facts_of(
    account: Account,
    month: Month,
    issued_on: date,
    *,
    sums: NetAndVat,
    standing: MoneyBefore,
    sides: dict[str, Any],
    vat_percent: Decimal,
) -> dict[str, Any]:
    """All fields of an invoice except its closing, serial, number and purpose; `sides` are the `parties`."""
    total = sums.net + sums.vat
    closing_balance = standing.balance - total
    return {
        "account": account,
        "month": month.first_day,
        "issued_on": issued_on,
        "due_on": due_day(month, issued_on),
        "parties": sides,
        "vat_percent": vat_percent,
        "opening": standing.opening,
        "payments": standing.payments,
        "corrections": standing.corrections,
        "net": sums.net,
        "vat": sums.vat,
        "total": total,
        "closing_balance": closing_balance,
        "due": max(ZERO, -closing_balance),
    }


def due_day(month: Month, issued_on: date) -> date:
    """INVOICE_DUE_DAY of the next month (its last day if the month is shorter); at least DEBT_NOTICE after the
    issue."""
    after = month.shift(1)
    planned = after.first_day.replace(day=min(settings.INVOICE_DUE_DAY, after.days))
    return max(planned, issued_on + settings.DEBT_NOTICE)


def _standing(account: Account) -> MoneyBefore:
    """The balance after the previous invoice, and the sums booked since; an opening balance is part of the former."""
    since = _since_former(account)
    payments, corrections = (_sum(since.filter(kind__in=kinds)) for kinds in (PAID, CORRECTED))
    return MoneyBefore(balance.balance(account) - payments - corrections, payments, corrections)


def _since_former(account: Account) -> QuerySet[LedgerEntry]:
    # Entries of one account are written one after another, under its lock, so their ids give their order.
    entries = tenancy.of(account).rows(LedgerEntry)
    former = entries.filter(kind=EntryKind.INVOICE).order_by("-pk").values_list("pk", flat=True).first()
    return entries.filter(pk__gt=former or 0)


def _sum(entries: QuerySet[LedgerEntry]) -> Decimal:
    return entries.aggregate(sum=Sum("amount"))["sum"] or ZERO


def invoice_of(serial: int, **facts: Any) -> Invoice:
    """The invoice of `facts_of` with its number, not saved yet."""
    number = counters.shown(serial)
    return Invoice(serial=serial, number=number, purpose=_purpose(facts["account"], number, facts), **facts)


def _purpose(account: Account, number: str, facts: dict[str, Any]) -> str:
    """назначение платежа: contains the account's number, by which the payment finds its account (4.6)."""
    return _(
        "Оплата услуг связи за %(month)s по счёту № %(number)s от %(date)s, лицевой счёт %(account)s, "
        "договор № %(contract)s от %(signed)s. НДС %(percent)s %%"
    ) % {
        "month": Month.of(facts["month"]).label,
        "number": number,
        "date": clock.show_date(facts["issued_on"]),
        "account": account.number,
        "contract": account.contract_number,
        "signed": clock.show_date(account.contract_date),
        "percent": money.show_percent(facts["vat_percent"]),
    }


def act_of(invoice: Invoice, serial: int) -> ServiceAct:
    """The act of an invoice, not saved yet."""
    return ServiceAct(
        account=invoice.account,
        invoice=invoice,
        serial=serial,
        number=counters.shown(serial),
        made_on=invoice.period.last_day,
        net=invoice.net,
        vat=invoice.vat,
        total=invoice.total,
    )


def event_of(invoice: Invoice, act: ServiceAct) -> AuditEvent:
    """The journal's entry, not saved yet."""
    told = {"number": invoice.number, "month": invoice.period.label}
    return AuditEvent(
        account=invoice.account,
        action="invoice.issued",
        summary=_("Выставлен счёт № %(number)s за %(month)s") % told,
        details={"invoice_id": invoice.pk, "act_id": act.pk},
    )


def tell(invoice: Invoice) -> None:
    """Writes the log's line."""
    log.info("invoice.issued", invoice_id=invoice.pk, account_id=invoice.account_id, month=invoice.period.code)
