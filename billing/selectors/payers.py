"""Finds the account of a credit: by a marked account number in its purpose, else by the payer's УНП and IBAN (4.6).

A number marked «л/с» decides. An unmarked number counts only if the payer's customer holds that account, or if the
payer is not found. Reads all accounts: only for staff and commands.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.db.models.expressions import Value
from django.db.models.functions import Replace, Upper
from django.utils.translation import gettext as _

from accounts.models import Account, AccountStatus, Customer
from billing.statements.purposes import numbers


@dataclass(frozen=True, slots=True)
class Payer:
    """What a bank reports about the payer, and the purpose of the payment."""

    purpose: str
    unp: str
    iban: str


@dataclass(frozen=True, slots=True)
class Match:
    """The account found, or the reason why none was found, with the accounts that staff may choose from."""

    account: Account | None
    reason: str = ""
    offers: Sequence[Account] = ()


@dataclass(frozen=True, slots=True)
class Payers:
    """Accounts and customers that may match some credits."""

    accounts: dict[str, Account]
    by_unp: dict[str, Customer]
    by_iban: dict[str, list[Customer]]
    active: dict[int, list[Account]]

    @classmethod
    def of(cls, payers: Iterable[Payer]) -> "Payers":
        """Loads the accounts and customers that may match these payers, in 3 queries for any number of payers."""
        asked = list(payers)
        mentioned = {number for payer in asked for number in numbers(payer.purpose).every}
        unps, ibans = {payer.unp for payer in asked} - {""}, {payer.iban for payer in asked} - {""}
        plain = Upper(Replace("iban", Value(" "), Value("")))
        customers = list(Customer.objects.annotate(plain=plain).filter(Q(unp__in=unps) | Q(plain__in=ibans)))
        by_iban: dict[str, list[Customer]] = {}
        for customer in customers:
            by_iban.setdefault(plain_iban(customer.iban), []).append(customer)
        accounts = Account.objects.filter(number__in=mentioned).select_related("customer")
        active: dict[int, list[Account]] = {}
        held = Account.objects.filter(customer__in=customers, status=AccountStatus.ACTIVE)
        for account in held.select_related("customer").order_by("number"):
            active.setdefault(account.customer_id, []).append(account)
        found: dict[str, Customer] = {customer.unp: customer for customer in customers}
        return cls({account.number: account for account in accounts}, found, by_iban, active)

    def match(self, payer: Payer) -> Match:
        """Finds the payer's account. Marked accounts decide, also closed ones; of several, none is chosen."""
        told = numbers(payer.purpose)
        if marked := self._named(told.marked):
            return self._one_of(marked)
        known = self.known(payer)
        named = [account for account in self._named(told.plain) if account.number != payer.unp]
        agreed = [account for account in named if account.customer_id in {customer.pk for customer in known}]
        if agreed or (named and not known):
            return self._one_of(agreed or named)
        if named:
            return self._contradicted(named, known)
        return self._by_payer(payer)

    def known(self, payer: Payer) -> list[Customer]:
        """Customers with the payer's УНП, else with the payer's IBAN; empty if there are none."""
        found = [self.by_unp[payer.unp]] if payer.unp in self.by_unp else []
        return found or (self.by_iban.get(payer.iban, []) if payer.iban else [])

    def _named(self, told: Iterable[str]) -> list[Account]:
        return [self.accounts[number] for number in sorted(told) if number in self.accounts]

    def _one_of(self, named: Sequence[Account]) -> Match:
        if len(named) == 1:
            return Match(named[0])
        told = ", ".join(account.number for account in named)
        return Match(None, _("в назначении несколько лицевых счетов: %(told)s") % {"told": told}, named)

    def _contradicted(self, named: Sequence[Account], known: Sequence[Customer]) -> Match:
        held = [account for customer in known for account in self.active.get(customer.pk, [])]
        reason = _("в назначении число %(told)s, а платит %(name)s (лицевые счета: %(held)s): чей платёж?") % {
            "told": ", ".join(account.number for account in named),
            "name": ", ".join(str(customer) for customer in known),
            "held": ", ".join(account.number for account in held) or "—",
        }
        return Match(None, reason, [*held, *named])

    def _by_payer(self, payer: Payer) -> Match:
        nothing = _("в назначении нет лицевого счёта, ")
        customer = self.by_unp.get(payer.unp)
        if customer is None:
            told = payer.unp or _("не указан")
            return Match(None, nothing + _("клиента с УНП плательщика нет (%(unp)s)") % {"unp": told})
        held = self.active.get(customer.pk, [])
        if not payer.iban or plain_iban(customer.iban) != payer.iban:
            reason = _("счёт плательщика не тот, что в реквизитах клиента %(name)s") % {"name": customer}
            return Match(None, nothing + reason, held)
        if len(held) != 1:
            reason = _("у клиента %(name)s действующих лицевых счетов: %(count)d")
            return Match(None, nothing + reason % {"name": customer, "count": len(held)}, held)
        return Match(held[0])


def plain_iban(iban: str) -> str:
    """An IBAN as banks write it: without spaces, in capitals."""
    return "".join(iban.split()).upper()
