"""ограничение оператором: staff bar outgoing calls of all numbers of an account, or allow them again (4.1, 4.8).

While such a restriction is in force, no number of the account is active: a number connected meanwhile starts barred,
and `restrictions.lift` refuses to allow a single number. So payments and guarantees, which lift the restriction for
debt, cannot lift this one. All numbers change together, in a fixed number of statements.
"""

from collections.abc import Collection, Sequence

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import Account, AccountStatus
from accounts.services import audit
from sipcabinet.lib import clock, tenancy
from sipcabinet.lib.errors import DomainError
from subscribers.models import (
    Operation,
    OperationKind,
    StaffRestrictedNumber,
    StaffRestriction,
    Subscriber,
    SubscriberStatus,
)
from subscribers.selectors import staff_restriction
from subscribers.services import operations, restrictions
from subscribers.switch import provisioning

log = structlog.get_logger(__name__)
REASON_LENGTH = 200
ACTIVE, RESTRICTED = SubscriberStatus.ACTIVE, SubscriberStatus.RESTRICTED


class AccountRestrictionError(DomainError):
    """The account cannot be restricted, or its restriction cannot be lifted; the code `…reason` names the reason."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, code=f"account_restriction.{code}")


def restrict(*, account: Account, by: Actor, at_request: bool = False) -> StaffRestriction:
    """Bars outgoing calls of every number of the account, except to emergency and toll-free numbers, at once.

    `at_request`: a suspension at the customer's written request, during which the plan's rule says what its fee is.
    The customer reads `by.reason` in his journal. Audited; locks the account, then its numbers. Raises
    AccountRestrictionError without a reason, for a closed account, and if the account is restricted already.
    """
    reason = _clean(by.reason)
    with transaction.atomic():
        held = _locked(account)
        if held.status == AccountStatus.CLOSED:
            raise AccountRestrictionError("closed", _("Лицевой счёт закрыт: его номера отключены"))
        if staff_restriction.in_force(account) is not None:
            raise AccountRestrictionError("known", _("Этот лицевой счёт уже ограничен"))
        restriction = StaffRestriction.objects.create(
            account=account, reason=reason, started_by=by.user, at_request=at_request
        )
        numbers = list(_to_bar(account))
        _keep(restriction, numbers)
        _move([number.pk for number in numbers if number.status == ACTIVE], restriction, ACTIVE, RESTRICTED, by)
        summary = _("Исходящие звонки всех номеров ограничены оператором: %(why)s") % {"why": reason}
        _record(restriction, "account.restricted", summary, len(numbers), by)
    return restriction


def lift(*, account: Account, by: Actor, keep: Collection[int]) -> StaffRestriction:
    """Allows outgoing calls of the numbers that the restriction barred. `keep`: ids of numbers that a debt still bars;
    they stay barred, unless they were active when this restriction began.

    Audited; locks the account, then the numbers. Raises AccountRestrictionError without a reason, and if no restriction
    is in force.
    """
    why = _clean(by.reason)
    with transaction.atomic():
        _locked(account)
        restriction = staff_restriction.in_force(account)
        if restriction is None:
            raise AccountRestrictionError("none", _("Ограничение этого лицевого счёта уже снято"))
        restriction.lifted_at, restriction.lifted_by, restriction.lifted_why = clock.now(), by.user, why
        restriction.save(update_fields=["lifted_at", "lifted_by", "lifted_why"])
        allowed = _to_allow(restriction, keep)
        _move(allowed, restriction, RESTRICTED, ACTIVE, by)
        summary = _("Ограничение исходящих звонков снято оператором: %(why)s") % {"why": why}
        _record(restriction, "account.restriction_lifted", summary, len(allowed), by)
    return restriction


def follow(*, subscriber: Subscriber) -> None:
    """Bars a number that is being connected while its account is restricted. Call it in the transaction of the
    connection, under the account's lock, before the switch gets the number's state."""
    restriction = staff_restriction.in_force(subscriber.account)
    if restriction is None:
        return
    _keep(restriction, [subscriber])
    subscriber.status = RESTRICTED
    subscriber.save(update_fields=["status"])
    operations.begin(
        subscriber=subscriber,
        kind=OperationKind.RESTRICTION,
        changes=[restrictions.change(ACTIVE, RESTRICTED)],
        by=Actor(reason=restriction.reason),
    )


def _clean(reason: str) -> str:
    text = " ".join(reason.split())
    if not text:
        raise AccountRestrictionError("reason", _("Укажите основание: клиент прочтёт его в журнале действий"))
    if len(text) > REASON_LENGTH:
        message = _("Основание не длиннее %(most)d знаков")
        raise AccountRestrictionError("reason", message % {"most": REASON_LENGTH})
    return text


def _locked(account: Account) -> Account:
    """The account under the lock that `numbers` takes too, so no number is connected meanwhile."""
    return Account.objects.select_for_update(no_key=True).get(pk=account.pk)


def _to_bar(account: Account) -> QuerySet[Subscriber]:
    """Numbers that become or stay barred: active ones, and those that the portal itself barred (for debt). Numbers
    that staff restricted one by one are left out, so the end of this restriction does not allow them."""
    changes = Operation.objects.filter(subscriber=OuterRef("pk"), kind=OperationKind.RESTRICTION)
    by_portal = Q(Exists(changes), last_by__isnull=True, status=RESTRICTED)
    rows = tenancy.of(account).rows(Subscriber).exclude(status=SubscriberStatus.CLOSED)
    rows = rows.alias(last_by=Subquery(changes.order_by("-pk").values("made_by")[:1]))
    return rows.filter(Q(status=ACTIVE) | by_portal).select_for_update(no_key=True, of=("self",)).order_by("pk")


def _to_allow(restriction: StaffRestriction, keep: Collection[int]) -> list[int]:
    covered = StaffRestrictedNumber.objects.filter(restriction=restriction)
    wanted = covered.exclude(was_active=False, subscriber__in=keep).values("subscriber")
    rows = Subscriber.objects.filter(status=RESTRICTED, pk__in=wanted).order_by("pk")
    return list(rows.select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))


def _keep(restriction: StaffRestriction, numbers: Sequence[Subscriber]) -> None:
    StaffRestrictedNumber.objects.bulk_create(
        StaffRestrictedNumber(
            restriction=restriction,
            subscriber=number,
            account_id=restriction.account_id,
            was_active=number.status == ACTIVE,
        )
        for number in numbers
    )


def _move(
    numbers: Sequence[int], restriction: StaffRestriction, old: SubscriberStatus, new: SubscriberStatus, by: Actor
) -> None:
    """Changes the status of locked numbers, records one operation of each, and orders their states on the switch."""
    if not numbers:
        return
    Subscriber.objects.filter(pk__in=numbers).update(status=new)
    operations.begin_all(
        account=restriction.account,
        versions=provisioning.want_all(numbers),
        kind=OperationKind.RESTRICTION,
        changes=[restrictions.change(old, new)],
        by=by,
        at=clock.now(),
    )


def _record(restriction: StaffRestriction, action: str, summary: str, numbers: int, by: Actor) -> None:
    audit.record(
        account=restriction.account,
        user=by.user,
        action=action,
        summary=summary,
        details={"restriction_id": restriction.pk, "numbers": numbers},
        address=by.address,
    )
    log.info(action, account_id=restriction.account_id, numbers=numbers)
