"""Changes ordered for a coming day (4.11): planned, cancelled, and carried out on that day by a worker."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import Account, AccountStatus, User
from accounts.services import audit
from desk.models import PlannedChange, PlannedKind
from desk.models.planned_change import UNDONE
from desk.services import disconnections, suspensions
from sipcabinet.lib import clock, constraints, durable
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.periods import midnight
from subscribers.errors import NumberError
from subscribers.models import Subscriber, SubscriberStatus, TariffPlan
from subscribers.services import plan_changes

log = structlog.get_logger(__name__)
TASK = "desk.drain_planned_changes"
LEASE = timedelta(minutes=5)
FURTHEST = timedelta(days=366)


class PlanError(DomainError):
    """The change cannot be planned or cancelled; `field` is the field at fault, or empty."""

    def __init__(self, code: str, message: str, field: str = "") -> None:
        super().__init__(message, code=f"planned.{code}")
        self.field = field


def plan(
    *,
    account: Account,
    kind: PlannedKind,
    on: date,
    by: Actor,
    subscriber: Subscriber | None = None,
    tariff: TariffPlan | None = None,
) -> PlannedChange:
    """Orders a change for a coming day, as of 00:00 in Minsk, with `by.reason`; `tariff` is the plan to change to.

    The same form (`by.token`) sent twice plans once. Audited; locks the account. Raises PlanError: on a day that is not
    ahead, for what is closed, without a reason, and if the same is planned already.
    """
    staff = _checked(on, by)
    with transaction.atomic():
        held = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        if by.token and (known := PlannedChange.objects.filter(dedupe_key=_key(kind, by)).first()) is not None:
            return known
        closed = held.status == AccountStatus.CLOSED or (subscriber and subscriber.status == SubscriberStatus.CLOSED)
        if closed:
            raise PlanError("closed", _("Уже отключено: планировать нечего"))
        with constraints.refused(_planned_already, "one_planned_end", "one_planned_change"):
            row = PlannedChange.objects.create(
                account=account,
                subscriber=subscriber,
                kind=kind,
                plan=tariff,
                day=on,
                reason=" ".join(by.reason.split()),
                made_by=staff,
                due_at=midnight(on),
                dedupe_key=_key(kind, by) if by.token else None,
            )
        summary = _("Запланировано с %(day)s: %(what)s, основание: %(why)s")
        _record(row, "planned", summary % {"day": clock.show_date(on), "what": row, "why": row.reason}, by)
    return row


def cancel(*, change: PlannedChange, by: Actor) -> None:
    """Cancels a change that has not been carried out, or that the rules refused. Audited with the reason; locks the
    row. Raises PlanError if it has been carried out or cancelled meanwhile."""
    why = " ".join(by.reason.split())
    if not why:
        raise PlanError("reason", _("Укажите основание: клиент прочтёт его в журнале действий"), "reason")
    with transaction.atomic():
        rows = PlannedChange.objects.select_for_update(of=("self",)).select_related("account", "subscriber")
        row = rows.get(pk=change.pk)
        if row.state not in UNDONE:
            raise PlanError("ended", _("Это изменение уже выполнено или отменено"))
        row.state, row.finished_at, row.claim_token, row.claimed_until = JobState.DONE, clock.now(), None, None
        row.cancelled_at, row.cancelled_by = row.finished_at, by.user
        row.save()
        summary = _("Отменено запланированное с %(day)s: %(what)s, основание: %(why)s")
        _record(row, "cancelled", summary % {"day": clock.show_date(row.day), "what": row, "why": why}, by)


def drain() -> int:
    """Carries out the changes that are due; returns how many."""
    return durable.drain(lambda: durable.claim(PlannedChange, lease=LEASE), _work)


def _work(change: PlannedChange) -> None:
    """Carries out a claimed change, in one transaction with its outcome; parks it with the refusal of a rule."""
    try:
        with transaction.atomic():
            carry_out(change)
            durable.finish(change)
    except DomainError as refusal:
        durable.park(change, refusal.message)
    log.info("planned.carried_out", change_id=change.pk, kind=change.kind)


def carry_out(change: PlannedChange) -> None:
    """Does what was planned, as of its moment. Raises DomainError."""
    by = Actor(change.made_by, reason=change.reason)
    account = Account.objects.get(pk=change.account_id)
    match PlannedKind(change.kind):
        case PlannedKind.DISCONNECT | PlannedKind.PORT_OUT as kind:
            _end_number(change, kind, by)
        case PlannedKind.CHANGE_PLAN:
            _change_plan(change, by)
        case PlannedKind.CLOSE_ACCOUNT:
            _as_of(change, lambda at: disconnections.close_account(account=account, at=at, by=by))
        case PlannedKind.SUSPEND:
            suspensions.begin(account=account, reason=change.reason, by=by)
        case PlannedKind.RESUME:
            suspensions.finish(account=account, reason=change.reason, by=by)


def _change_plan(change: PlannedChange, by: Actor) -> None:
    subscriber, plan = _subscriber(change), TariffPlan.objects.get(planned=change)
    _as_of(change, lambda at: plan_changes.change(subscriber=subscriber, plan=plan, at=at, by=by))


def _end_number(change: PlannedChange, kind: PlannedKind, by: Actor) -> None:
    ported_out = kind == PlannedKind.PORT_OUT
    subscriber = _subscriber(change)
    _as_of(change, lambda at: disconnections.disconnect(subscriber=subscriber, at=at, ported_out=ported_out, by=by))


def _subscriber(change: PlannedChange) -> Subscriber:
    return Subscriber.objects.select_related("account", "plan").get(planned=change)


def _as_of(change: PlannedChange, work: Callable[[datetime], object]) -> None:
    """Works as of 00:00 of the day; now, if calls of that day have come or the month is closed already."""
    try:
        with transaction.atomic():
            work(change.due_at)
    except NumberError as refusal:
        if refusal.code not in {"number.calls", "number.assignments", "number.month_closed"}:
            raise
        work(clock.now())


def _checked(on: date, by: Actor) -> User:
    """The person of the staff who plans. Raises PlanError."""
    if not clock.today() < on <= clock.today() + FURTHEST:
        raise PlanError("on", _("Запланировать можно на день от завтрашнего и не дальше года"), "on")
    if by.user is None or not by.is_staff:
        raise PlanError("staff", _("Планируют только сотрудники оператора"))
    if not by.reason.strip():
        raise PlanError("reason", _("Укажите основание: клиент прочтёт его в журнале действий"), "reason")
    return by.user


def _key(kind: PlannedKind, by: Actor) -> str:
    return f"planned:{kind}:{by.token}"


def _planned_already() -> PlanError:
    return PlanError("known", _("Это уже запланировано: сначала отмените запланированное"), "on")


def _record(row: PlannedChange, event: str, summary: str, by: Actor) -> None:
    noun = "number" if row.subscriber_id else "account"
    details = {"planned_id": row.pk, "kind": row.kind, "on": row.day.isoformat(), "reason": by.reason}
    action, user, address = f"{noun}.{event}", by.user, by.address
    audit.record(action=action, account=row.account, user=user, address=address, summary=summary, details=details)


def moment_of(on: date) -> datetime | None:
    """When a change «с …» begins: None (now) for today, 00:00 for a past day."""
    return None if on == clock.today() else midnight(on)
