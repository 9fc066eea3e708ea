"""Which sections of the customer's page a person of the staff may see."""

from dataclasses import dataclass
from typing import Any, Self

SECTIONS = {
    "money": "billing.invoice",
    "payments": "billing.payment",
    "suspense": "billing.suspensepayment",
    "guarantees": "billing.paymentguarantee",
    "numbers": "subscribers.subscriber",
    "orders": "billing.documentorder",
    "letters": "notifications.letter",
    "logins": "accounts.user",
    "sign_ins": "accounts.signin",
    "journal": "accounts.auditevent",
    "notes": "desk.staffnote",
}


@dataclass(frozen=True, slots=True)
class Sight:
    """Each field is a section; True if the person may see the rows of its model (SECTIONS) in their own table."""

    money: bool
    payments: bool
    suspense: bool
    guarantees: bool
    numbers: bool
    orders: bool
    letters: bool
    logins: bool
    sign_ins: bool
    journal: bool
    notes: bool

    @classmethod
    def of(cls, user: Any) -> Self:
        return cls(**{section: may_see(user, model) for section, model in SECTIONS.items()})


def may_see(user: Any, model: str) -> bool:
    """Whether the user may view or change rows of the model (`app.model`), as in the desk's tables."""
    app, name = model.split(".")
    return any(user.has_perm(f"{app}.{right}_{name}") for right in ("view", "change"))
