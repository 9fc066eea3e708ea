"""Issues the invoices of many accounts in one transaction, with the queries of one (4.7).

Each invoice, act, entry, mailing and event is the same as `issuing.issue` writes for one account; the functions that
make them are the same.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Max, Q, Sum

from accounts.models import Account
from accounts.services import audit
from billing.models import CounterKind, EntryKind, Invoice, LedgerEntry, ServiceAct
from billing.selectors import monthly_detail as detail_terms
from billing.selectors import parties
from billing.services import counters, issuing, ledger, mailings, monthly_detail
from billing.services.issuing import CORRECTED, PAID, MoneyBefore
from operator_profile.selectors import requisites
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.periods import Month
from subscribers.services import charging
from subscribers.services.charging import Frozen

ZERO = Decimal("0.00")
Issued = dict[int, Invoice | DomainError | None]


def issue(*, accounts: Collection[int], month: Month, issued_on: date) -> Issued:
    """Issues the invoices of these accounts (primary keys) for a closed month in one transaction: per account its new
    invoice, None if there is nothing to charge, or the refusal. Accounts whose money somebody has locked, and accounts
    that have their invoice, are left out: `issuing.issue` takes each of them.

    Locks the money of the accounts without waiting and, near the end, the counters of numbers. Raises the errors of
    `charging.freeze_all`; then nothing is written.
    """
    with transaction.atomic():
        mine = ledger.lock_free(accounts)
        mine -= set(Invoice.objects.filter(account__in=mine, month=month.first_day).values_list("account", flat=True))
        if not mine:
            return {}
        frozen = charging.freeze_all(accounts=sorted(mine), month=month)
        charged = {pk: one for pk, one in frozen.items() if isinstance(one, Frozen)}
        invoices = _invoices(charged, month, issued_on) if charged else []
        done: Issued = {pk: one for pk, one in frozen.items() if not isinstance(one, Frozen)}
        return done | {invoice.account_id: invoice for invoice in invoices}


def _invoices(charged: Mapping[int, Frozen], month: Month, issued_on: date) -> list[Invoice]:
    accounts = list(Account.objects.filter(pk__in=charged).select_related("customer").order_by("number"))
    standings, supplier = _standings(charged), requisites.party(issued_on)
    facts = []
    for account in accounts:
        frozen = charged[account.pk]
        fields = issuing.facts_of(
            account,
            month,
            issued_on,
            sums=frozen.sum,
            standing=standings[account.pk],
            sides=parties.with_supplier(account, supplier),
            vat_percent=frozen.closing.vat_percent,
        )
        facts.append({"closing": frozen.closing, **fields})
    # The counters are locked from here on: other issuing transactions wait until this one ends.
    invoices = [
        issuing.invoice_of(serial, **one)
        for serial, one in zip(counters.take_all(CounterKind.INVOICE, len(facts)), facts, strict=True)
    ]
    Invoice.objects.bulk_create(invoices)
    serials = counters.take_all(CounterKind.ACT, len(invoices))
    acts = [issuing.act_of(invoice, serial) for invoice, serial in zip(invoices, serials, strict=True)]
    ServiceAct.objects.bulk_create(acts)
    ledger.book_invoices(invoices)
    mailings.order_all(invoices=invoices)
    _order_details(accounts, month)
    audit.record_all(issuing.event_of(invoice, act) for invoice, act in zip(invoices, acts, strict=True))
    for invoice in invoices:
        issuing.tell(invoice)
    return invoices


def _order_details(accounts: Sequence[Account], month: Month) -> None:
    wanted = detail_terms.accounts_with([account.pk for account in accounts], month)
    for account in accounts:
        if account.pk in wanted:
            monthly_detail.order_for(account=account, month=month)


def _standings(accounts: Collection[int]) -> dict[int, MoneyBefore]:
    """What `issuing` reads for one account: the balances after the former invoices, and the sums booked since."""
    rows = LedgerEntry.objects.filter(account__in=accounts).order_by()
    former = Max("pk", filter=Q(kind=EntryKind.INVOICE))
    sums = rows.values_list("account").annotate(balance=Sum("amount"), former=former)
    balances = {pk: (balance, last or 0) for pk, balance, last in sums}
    since = min((last for _balance, last in balances.values()), default=0)
    paid, corrected = dict.fromkeys(accounts, ZERO), dict.fromkeys(accounts, ZERO)
    new = rows.filter(pk__gt=since, kind__in=[*PAID, *CORRECTED]).values_list("account", "pk", "kind", "amount")
    for account, pk, kind, amount in new:
        if pk > balances[account][1]:
            (paid if kind in PAID else corrected)[account] += amount
    return {
        pk: MoneyBefore(balances.get(pk, (ZERO, 0))[0] - paid[pk] - corrected[pk], paid[pk], corrected[pk])
        for pk in accounts
    }
