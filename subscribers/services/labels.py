"""Names that the customer gives to his numbers, one at a time or from a file (3.0, 3.1)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Account, User
from accounts.services import audit
from sipcabinet.lib import changes, phones, tenancy
from sipcabinet.lib.errors import DomainError
from subscribers.errors import NumberError
from subscribers.labels import clean_label
from subscribers.models import Subscriber, SubscriberStatus
from subscribers.selectors import labels
from subscribers.selectors.labels import Renaming
from subscribers.services import numbers, operations

_UPDATE = """
UPDATE subscribers_subscriber SET label = wanted.label
FROM unnest(%s::bigint[], %s::text[]) AS wanted (id, label)
WHERE subscribers_subscriber.id = wanted.id AND account_id = %s
"""


class LabelsMovedError(DomainError):
    """Numbers or names have changed since the changes were shown; `changes` holds the present ones."""

    code = "labels.moved"

    def __init__(self, message: str, changes: Sequence[Renaming]) -> None:
        super().__init__(message)
        self.changes = changes


def rename(*, subscriber: Subscriber, label: str, user: User, address: str | None = None) -> bool:
    """Names a connected number (an empty label removes the name); returns whether it changed. Locks the subscriber.

    Raises NumberError.
    """
    with transaction.atomic():
        held = operations.locked(subscriber)
        if held.status == SubscriberStatus.CLOSED:
            raise NumberError("closed", _("Номер отключён, его название уже не меняется"))
        was = held.label
        if clean_label(label) == was:
            return False
        numbers.relabel(subscriber=held, label=label)
        shown = {"phone": phones.display(held.phone), "label": held.label}
        text = _("Название номера %(phone)s: «%(label)s»") if held.label else _("Название номера %(phone)s убрано")
        details = {"subscriber_id": held.pk, changes.KEY: changes.of("label", _("Название"), was, held.label)}
        _record(held.account, user, text % shown, details, address)
    return True


def rename_all(
    *, account: Account, wanted: Mapping[int, str], expected: str, user: User, address: str | None = None
) -> int:
    """Saves the names that were shown for connected numbers (by primary key); returns how many changed. Locks the
    numbers.

    `expected` is the digest of the changes as shown; if the numbers or names have changed since, raises
    LabelsMovedError. The same form sent twice changes nothing the second time.
    """
    with transaction.atomic():
        rows = tenancy.of(account).rows(Subscriber).exclude(status=SubscriberStatus.CLOSED)
        held = rows.select_for_update(no_key=True).order_by("pk").only("phone", "label")
        changes = labels.changes(held, wanted)
        if not changes:
            return 0
        if labels.digest(changes) != expected:
            raise LabelsMovedError(
                _("Пока вы проверяли, номера или их названия изменились. Проверьте ещё раз."), changes
            )
        _write(account, changes)
        count = len(changes)
        text = ngettext(
            "Названия из файла: изменён %(count)d номер", "Названия из файла: изменено номеров: %(count)d", count
        )
        _record(account, user, text % {"count": count}, {"count": count}, address)
    return count


def _write(account: Account, changes: Sequence[Renaming]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE, [[change.pk for change in changes], [change.now for change in changes], account.pk])


def _record(account: Account, user: User, summary: str, details: dict[str, Any], address: str | None) -> None:
    audit.record(
        account=account, user=user, action="number.labelled", summary=summary, details=details, address=address
    )
