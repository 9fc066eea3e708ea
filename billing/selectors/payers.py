"""Whose money a credit is: by the account number in its purpose, else by the payer's УНП and IBAN (4.6).

Reads over all accounts, for staff and commands alone.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import Account, AccountStatus, Customer
from billing.statements import Movement

_DIGITS = re.compile(r"(?<!\d)\d{5,12}(?!\d)")  # shorter ones are years and sums
# After «л/с» the number may stand in groups: «л/с № 700 100 001».
_MARKED = re.compile(r"(?:л\s*[/.\\]\s*с\b|лиц\w*\.?\s*сч[её]\w*)[^\d]{0,8}((?:\d+[ \u00a0-]?)+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Match:
    """The account, or the reason why there is none."""

    account: Account | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Payers:
    """What is known of those who may have sent the credits of a statement."""

    accounts: dict[str, Account]
    customers: dict[str, Customer]
    active: dict[int, list[Account]]

    @classmethod
    def of(cls, credits_: Iterable[Movement]) -> "Payers":
        """In 3 queries, however many credits there are."""
        numbers: set[str] = set()
        unps: set[str] = set()
        for credit in credits_:
            numbers |= mentioned(credit.purpose)
            unps.add(credit.payer_unp)
        accounts = Account.objects.filter(number__in=numbers).select_related("customer")
        customers = {customer.unp: customer for customer in Customer.objects.filter(unp__in=unps - {""})}
        active: dict[int, list[Account]] = {}
        held = Account.objects.filter(customer__in=customers.values(), status=AccountStatus.ACTIVE)
        for account in held.select_related("customer"):
            active.setdefault(account.customer_id, []).append(account)
        return cls({account.number: account for account in accounts}, customers, active)

    def match(self, credit: Movement) -> Match:
        """Accounts named in the purpose decide, also a closed one; several of them decide nothing."""
        named = sorted(mentioned(credit.purpose) & self.accounts.keys())
        if len(named) == 1:
            return Match(self.accounts[named[0]])
        if named:
            return Match(None, _("в назначении несколько лицевых счетов: %(told)s") % {"told": ", ".join(named)})
        return self._by_payer(credit)

    def _by_payer(self, credit: Movement) -> Match:
        nothing = _("в назначении нет лицевого счёта, ")
        customer = self.customers.get(credit.payer_unp)
        if customer is None:
            told = credit.payer_unp or _("не указан")
            return Match(None, nothing + _("клиента с УНП плательщика нет (%(unp)s)") % {"unp": told})
        if not credit.payer_iban or _plain(customer.iban) != credit.payer_iban:
            return Match(
                None, nothing + _("счёт плательщика не тот, что в реквизитах клиента %(name)s") % {"name": customer}
            )
        held = self.active.get(customer.pk, [])
        if len(held) != 1:
            return Match(
                None,
                nothing
                + _("у клиента %(name)s действующих лицевых счетов: %(count)d")
                % {"name": customer, "count": len(held)},
            )
        return Match(held[0])


def mentioned(purpose: str) -> set[str]:
    """Everything in a purpose that may be an account number."""
    found = set(_DIGITS.findall(purpose))
    for groups in _MARKED.findall(purpose):
        joined = ""
        for group in re.findall(r"\d+", groups):
            joined += group
            found.add(joined)
    return found


def _plain(iban: str) -> str:
    return re.sub(r"\s", "", iban).upper()
