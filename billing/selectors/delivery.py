"""How regular invoices reach an account: the choice in force, earlier choices, and each invoice's delivery (2.3.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, Subquery
from django.db.models.functions import JSONObject

from accounts.models import Account
from billing.models import DeliveryChoice, DeliveryMethod, Invoice, InvoiceMailing
from notifications.models import Letter
from notifications.selectors.letters import Delivery, delivery_of
from sipcabinet.lib import tenancy
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.prepared import Prepared, Question
from sipcabinet.lib.tenancy import HasId


@dataclass(frozen=True, slots=True)
class Way:
    """A way of delivery, chosen or about to be chosen; «Получает сам» has no addresses."""

    method: DeliveryMethod
    addresses: Sequence[str] = ()

    @property
    def by_email(self) -> bool:
        return self.method == DeliveryMethod.EMAIL

    def is_same(self, other: "Way") -> bool:
        """The same method and the same addresses; their order and the case of letters do not matter."""
        mine, theirs = ({address.casefold() for address in way.addresses} for way in (self, other))
        return self.method == other.method and mine == theirs

    def __str__(self) -> str:
        """`E-mail: buh@customer.example, office@customer.example`."""
        label = str(self.method.label)
        return f"{label}: {', '.join(self.addresses)}" if self.addresses else label


@dataclass(frozen=True, slots=True)
class InvoiceDelivery:
    """The delivery of an issued invoice; `letters` are newest first, empty with «Получает сам»."""

    mailing: InvoiceMailing | None
    letters: Sequence[tuple[Letter, Delivery]]

    @property
    def is_waiting(self) -> bool:
        """Whether no worker has carried out the mailing yet."""
        return self.mailing is not None and self.mailing.state == JobState.WAITING

    @property
    def has_failed(self) -> bool:
        return self.mailing is not None and self.mailing.state in {JobState.PARKED, JobState.REFUSED}

    @property
    def may_resend(self) -> bool:
        """Whether the mailing is done and no letter is still waiting to be sent."""
        done = self.mailing is not None and self.mailing.state == JobState.DONE
        return done and all(letter.state != JobState.WAITING for letter, _delivery in self.letters)


def current(account: Account) -> DeliveryChoice | None:
    """The choice in force; None means «Получает сам», which nobody has ever changed."""
    found: DeliveryChoice | None = _CURRENT.first(account.pk)
    return found


def way(choice: DeliveryChoice | None) -> Way:
    """The method and the addresses of a choice; «Получает сам» for None."""
    if choice is None:
        return Way(DeliveryMethod.SELF_PICKUP)
    return Way(DeliveryMethod(choice.method), tuple(choice.addresses))


def told(account: HasId) -> Subquery:
    """The choice in force as a column of a query of accounts; `read` reads it."""
    rows = tenancy.of(account).rows(DeliveryChoice).order_by("-chosen_at", "-pk")
    return Subquery(rows.values(json=JSONObject(method="method", addresses="addresses"))[:1])


def read(told: dict[str, Any] | None) -> Way:
    """The way of delivery that `told` told; «Получает сам» if nobody has ever chosen."""
    return Way(DeliveryMethod(told["method"]), tuple(told["addresses"])) if told else way(None)


def history(account: HasId) -> QuerySet[DeliveryChoice]:
    """Every choice, the newest first."""
    rows = tenancy.of(account).rows(DeliveryChoice).select_related("chosen_by").defer("chosen_by__password")
    return rows.order_by("-chosen_at", "-pk")


_CURRENT = Prepared(lambda account: history(account)[:1], 1)


def of_invoice_asks(account: Account, invoice: Invoice) -> Question:
    """What `of_invoice` asks first."""
    return _MAILING.of(account.pk, invoice.pk)


def of_invoice(account: Account, invoice: Invoice) -> InvoiceDelivery:
    """When and where the account's invoice was sent, and the state of each letter; in 2 queries."""
    mailing = of_invoice_asks(account, invoice).first()
    if mailing is None:
        return InvoiceDelivery(None, [])
    letters = _LETTERS.rows(account.pk, mailing.pk)
    return InvoiceDelivery(mailing, [(letter, delivery_of(letter)) for letter in letters])


_MAILING = Prepared(
    lambda account, invoice: tenancy.of(account).rows(InvoiceMailing).filter(invoice=invoice).order_by("pk")[:1], 2
)
_LETTERS = Prepared(
    lambda account, mailing: (
        tenancy.of(account).rows(Letter).filter(mailings=mailing).order_by("-pk").defer("body_text", "body_html")
    ),
    2,
)
