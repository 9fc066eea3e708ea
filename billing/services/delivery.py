"""«Изменить способ/адрес доставки»: changes where regular invoices are sent (2.3.3)."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import Account
from accounts.services import audit
from billing.addresses import checked
from billing.models import DeliveryChoice, DeliveryMethod
from billing.selectors import delivery
from billing.selectors.delivery import Way
from notifications.services import letters
from sipcabinet.lib import changes, links, locks
from sipcabinet.lib.errors import DomainError


class DeliveryError(DomainError):
    """The change is refused."""

    code = "delivery.refused"


class Changed(NamedTuple):
    choice: DeliveryChoice
    is_new: bool


def change(
    *,
    account: Account,
    method: DeliveryMethod,
    addresses: Sequence[str],
    base: int,
    by: Actor,
) -> Changed:
    """Writes the new choice, and letters to the old and the new addresses; without old addresses, to the registered
    e-mail, so that a change never goes unnoticed.

    `base` is the primary key of the choice that the customer saw (0: none). Changes of one account wait for each other;
    the same form sent twice returns the first choice. Raises DeliveryError if nothing would change, or if somebody else
    has changed the choice since; AddressesError.
    """
    with transaction.atomic():
        _lock(account)
        known = delivery.current(account)
        before, after = delivery.way(known), _way(method, addresses)
        is_moved = (known.pk if known else 0) != base
        if before.is_same(after):
            if known is not None and is_moved and by.user is not None and known.chosen_by_id == by.user.pk:
                return Changed(known, is_new=False)
            raise DeliveryError(_("Этот способ и эти адреса действуют сейчас: изменять нечего."), code="delivery.same")
        if is_moved:
            message = _("Пока вы проверяли, доставку счетов уже изменили. Посмотрите, как сейчас, и начните заново.")
            raise DeliveryError(message, code="delivery.moved")
        return Changed(_write(account, before, after, by), is_new=True)


def _way(method: DeliveryMethod, addresses: Sequence[str]) -> Way:
    if method == DeliveryMethod.SELF_PICKUP:
        return Way(method)
    return Way(method, tuple(checked(addresses)))


def _lock(account: Account) -> None:
    locks.hold(f"delivery of account {account.pk}")


def _write(account: Account, before: Way, after: Way, by: Actor) -> DeliveryChoice:
    choice = DeliveryChoice.objects.create(
        account=account, method=after.method, addresses=list(after.addresses), chosen_by=by.user
    )
    audit.record(
        account=account,
        user=by.user,
        action="delivery.changed",
        summary=_("Доставка счетов: %(after)s (было: %(before)s)") % {"after": after, "before": before},
        details={
            "choice_id": choice.pk,
            "method": after.method.value,
            "addresses": list(after.addresses),
            changes.KEY: changes.of("delivery", _("Доставка счетов"), before, after),
        },
        address=by.address,
    )
    _tell(choice, before, after)
    return choice


def _tell(choice: DeliveryChoice, before: Way, after: Way) -> None:
    told = before.addresses or [choice.account.cabinet_email]
    context = {
        "account": choice.account,
        "before": str(before),
        "after": str(after),
        "at": choice.chosen_at,
        "url": links.absolute("billing:delivery"),
    }
    for recipient in dict.fromkeys([*told, *after.addresses]):
        letters.write(
            kind="delivery_changed",
            recipient=recipient,
            account_id=choice.account_id,
            context=context,
            dedupe_key=f"delivery:{choice.pk}:{recipient}",
        )
