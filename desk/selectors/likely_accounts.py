"""The accounts to which a credit in suspense may belong, each with the reasons, the likeliest first (4.6)."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Account, AccountStatus, Customer
from billing.models import Debt, Invoice, Payment, SuspensePayment
from billing.selectors import debts
from billing.selectors.payers import plain_iban
from billing.statements.purposes import numbers
from desk.selectors.search import people
from desk.selectors.search.typed import words_of
from sipcabinet.lib import money

MOST = 5
MOST_NAMED = 20  # customers with such a name; more say nothing
MOST_DEBTS = 40  # newest documents of the same sum that are looked at
_INVOICE = re.compile(r"(?:сч[её]т\w*|сч|с/ф|№)\s*[.:]?\s*№?\s*0*(\d{1,9})(?!\d)", re.IGNORECASE)


class Reason(NamedTuple):
    """A sign that the credit belongs to an account, and how much it counts."""

    weight: int
    words: str


class Likely(NamedTuple):
    """An account and why the credit may be its own, the strongest reason first."""

    account: Account
    reasons: list[Reason]

    @property
    def weight(self) -> int:
        return sum(reason.weight for reason in self.reasons)


def of(row: SuspensePayment) -> list[Likely]:
    """At most MOST accounts. A number of queries that does not grow with the tables: each is by an indexed value."""
    found: dict[int, dict[str, Reason]] = defaultdict(dict)
    accounts: dict[int, Account] = {}
    for account, reason in _signs(row):
        accounts[account.pk] = account
        found[account.pk].setdefault(reason.words, reason)
    likely = [Likely(accounts[pk], sorted(told.values(), reverse=True)) for pk, told in found.items()]
    closed = AccountStatus.CLOSED
    return sorted(likely, key=lambda one: (-one.weight, one.account.status == closed, one.account.number))[:MOST]


def _signs(row: SuspensePayment) -> Iterator[tuple[Account, Reason]]:
    told = numbers(row.purpose)
    for account in _accounts().filter(number__in=told.every):
        weight = 100 if account.number in told.marked else 60
        yield account, Reason(weight, _("номер лицевого счёта в назначении"))
    yield from _by_invoice(row)
    if row.payer_unp:
        yield from _of_customers(Customer.objects.filter(unp=row.payer_unp), 80, _("УНП плательщика"))
    if row.payer_iban:
        yield from _by_iban(row)
    yield from _by_name(row)
    yield from _by_sum(row)


def _by_invoice(row: SuspensePayment) -> Iterator[tuple[Account, Reason]]:
    serials = {int(found) for found in _INVOICE.findall(row.purpose)}
    for invoice in Invoice.objects.filter(serial__in=serials).select_related("account__customer")[:MOST]:
        same = invoice.total == row.amount
        words = _("счёт № %(number)s в назначении") % {"number": invoice.number}
        yield invoice.account, Reason(90 if same else 40, words)


def _by_iban(row: SuspensePayment) -> Iterator[tuple[Account, Reason]]:
    customers = Customer.objects.filter(iban__in={row.payer_iban, _spaced(row.payer_iban)})
    same = [one for one in customers if plain_iban(one.iban) == plain_iban(row.payer_iban)]
    yield from _of_customers(same, 70, _("счёт плательщика из реквизитов"))
    before = Payment.objects.filter(payer_iban=row.payer_iban).select_related("account__customer")
    for payment in before.order_by("-pk")[:MOST_NAMED]:
        yield payment.account, Reason(65, _("с этого счёта платили раньше"))


def _by_name(row: SuspensePayment) -> Iterator[tuple[Account, Reason]]:
    words = [word for word in words_of(row.payer_name) if len(word) > 2][:4]
    if not words:
        return
    customers = list(people.with_words([[word] for word in words])[: MOST_NAMED + 1])
    if len(customers) <= MOST_NAMED:
        yield from _of_customers(customers, 45, _("имя похоже"))


def _by_sum(row: SuspensePayment) -> Iterator[tuple[Account, Reason]]:
    """Accounts with an unpaid document, or the whole debt, of just this sum."""
    rows = Debt.objects.filter(amount=row.amount).select_related("account__customer").order_by("-pk")[:MOST_DEBTS]
    for account in {debt.account_id: debt.account for debt in rows}.values():
        for owed in debts.unpaid(account):
            if owed.unpaid == row.amount:
                told = {"document": owed.debt.title, "sum": money.show_byn(owed.unpaid)}
                yield account, Reason(50, _("сумма = не оплачено по документу: %(document)s") % told)
                break


def _of_customers(customers: Iterable[Customer], weight: int, words: str) -> Iterator[tuple[Account, Reason]]:
    for account in _accounts().filter(customer__in=[one.pk for one in customers], status=AccountStatus.ACTIVE):
        yield account, Reason(weight, words)


def _accounts() -> QuerySet[Account]:
    return Account.objects.select_related("customer").order_by("number")


def _spaced(iban: str) -> str:
    """The IBAN in groups of four, as people write it in requisites."""
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))
