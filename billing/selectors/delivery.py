"""How regular invoices reach an account: the choice that holds, those before it, and how an invoice fared (2.3.3)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from accounts.models import Account
from billing.models import DeliveryChoice, DeliveryMethod, Invoice, InvoiceMailing
from notifications.models import Letter
from notifications.selectors.letters import Delivery, delivery_of
from sipcabinet.lib import tenancy
from sipcabinet.lib.durable import JobState


@dataclass(frozen=True, slots=True)
class Way:
    """A way of delivery, chosen or to be chosen; no addresses with «Получает сам»."""

    method: DeliveryMethod
    addresses: Sequence[str] = ()

    @property
    def by_email(self) -> bool:
        return self.method == DeliveryMethod.EMAIL

    def is_same(self, other: "Way") -> bool:
        """The same method and the same addresses, in whatever order and letters."""
        mine, theirs = ({address.casefold() for address in way.addresses} for way in (self, other))
        return self.method == other.method and mine == theirs

    def __str__(self) -> str:
        """`E-mail: buh@customer.example, office@customer.example`."""
        label = str(self.method.label)
        return f"{label}: {', '.join(self.addresses)}" if self.addresses else label


@dataclass(frozen=True, slots=True)
class InvoiceDelivery:
    """What became of an issued invoice; `letters` are newest first, none with «Получает сам»."""

    mailing: InvoiceMailing | None
    letters: Sequence[tuple[Letter, Delivery]]

    @property
    def is_waiting(self) -> bool:
        """A worker has still to take it up."""
        return self.mailing is not None and self.mailing.state == JobState.WAITING

    @property
    def has_failed(self) -> bool:
        return self.mailing is not None and self.mailing.state in {JobState.PARKED, JobState.REFUSED}

    @property
    def may_resend(self) -> bool:
        """It has been on its way, and every letter's fate is known."""
        done = self.mailing is not None and self.mailing.state == JobState.DONE
        return done and all(letter.state != JobState.WAITING for letter, _delivery in self.letters)


def current(account: Account) -> DeliveryChoice | None:
    """The choice that holds; None is «Получает сам» that nobody has ever changed."""
    return history(account).first()


def way(choice: DeliveryChoice | None) -> Way:
    """What a choice says."""
    if choice is None:
        return Way(DeliveryMethod.SELF_PICKUP)
    return Way(DeliveryMethod(choice.method), tuple(choice.addresses))


def history(account: Account) -> QuerySet[DeliveryChoice]:
    """Every choice, the newest first."""
    rows = tenancy.of(account).rows(DeliveryChoice).select_related("chosen_by").defer("chosen_by__password")
    return rows.order_by("-chosen_at", "-pk")


def of_invoice(account: Account, invoice: Invoice) -> InvoiceDelivery:
    """Where the account's invoice went, when, and how each letter fares; in 2 queries."""
    tenant = tenancy.of(account)
    mailing = tenant.rows(InvoiceMailing).filter(invoice=invoice).first()
    if mailing is None:
        return InvoiceDelivery(None, [])
    letters = tenant.rows(Letter).filter(mailings=mailing).order_by("-pk").defer("body_text", "body_html")
    return InvoiceDelivery(mailing, [(letter, delivery_of(letter)) for letter in letters])
