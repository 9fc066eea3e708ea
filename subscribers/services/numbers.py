"""Life of a number (4.11): it is connected to an account, named and disconnected. Callers write the audit events."""

from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from accounts.actor import PORTAL, Actor
from accounts.models import Account, AccountStatus
from accounts.services import logins
from sipcabinet.lib import clock, constraints, phones, validity
from sipcabinet.lib.periods import Month, midnight
from subscribers.calls import months
from subscribers.cdr.numbers import NumberKind, normalise
from subscribers.errors import NumberError
from subscribers.labels import clean_label
from subscribers.models import (
    CallRecord,
    ChannelPackage,
    NumberOrigin,
    PlanKind,
    PlanTerms,
    SipPlatform,
    Subscriber,
    SubscriberStatus,
    TariffPlan,
)
from subscribers.services import account_restrictions, assignments, channels, operations, pool, sip_accounts
from subscribers.switch import provisioning

log = structlog.get_logger(__name__)


def open_trunk(
    *,
    account: Account,
    phone: str,
    plan: TariffPlan,
    label: str = "",
    connected_at: datetime | None = None,
    origin: NumberOrigin = NumberOrigin.FREE,
    package: ChannelPackage | None = None,
    platform: SipPlatform | None = None,
    by: Actor = PORTAL,
) -> Subscriber:
    """Connects a «SIP-соединение» and opens its login (1.1a). `phone` in any spelling; locks the account.

    `package` and `platform`: other than those of the plan and of new trunks. `origin`: where the number comes from
    (4.13). `by` ends the number's reservation. Raises PhoneError if `phone` is not a phone number, else
    NumberError.
    """
    _require_kind(plan, PlanKind.TRUNK)
    with transaction.atomic():
        _lock_open(account)
        trunk = _connect(Subscriber(account=account, plan=plan), phone, label, connected_at, origin, by)
        logins.open_login(account=account, phone=trunk.phone)
        if package := package or _included_package(trunk):
            channels.connect(trunk=trunk, package=package, at=trunk.connected_at)
        sip_accounts.issue(trunk=trunk, platform=platform)
        account_restrictions.follow(subscriber=trunk)
        provisioning.want(subscriber=trunk)
    return trunk


def open_number(
    *,
    trunk: Subscriber,
    phone: str,
    plan: TariffPlan,
    label: str = "",
    connected_at: datetime | None = None,
    origin: NumberOrigin = NumberOrigin.FREE,
    by: Actor = PORTAL,
) -> Subscriber:
    """Connects a «SIP-номер» to a trunk of the same account; like `open_trunk`."""
    _require_kind(plan, PlanKind.NUMBER)
    with transaction.atomic():
        _lock_open(trunk.account)
        trunk.refresh_from_db()
        moment = connected_at or clock.now()
        if not trunk.is_trunk or trunk.status == SubscriberStatus.CLOSED:
            raise NumberError("trunk", _("SIP-номер подключается к действующему SIP-соединению"), "trunk")
        if moment < trunk.connected_at:
            raise NumberError("before_trunk", _("SIP-соединение тогда ещё не было подключено"), "connected_at")
        number = _connect(Subscriber(account=trunk.account, plan=plan, trunk=trunk), phone, label, moment, origin, by)
        account_restrictions.follow(subscriber=number)
        provisioning.want(subscriber=number)
    return number


def relabel(*, subscriber: Subscriber, label: str) -> None:
    """Sets the name of a number, such as «Приёмная»; an empty label removes the name. Raises NumberError."""
    subscriber.label = clean_label(label)
    subscriber.save(update_fields=["label"])


def close(*, subscriber: Subscriber, at: datetime | None = None, ported_out: bool = False, by: Actor = PORTAL) -> None:
    """Disconnects a number as of a moment that is not in the future and not before any imported call.

    A trunk can be closed only after its numbers; its login is closed with it. The number goes into quarantine, or with
    `ported_out` leaves the operator (4.13). Locks the account, the subscriber and the month. Raises NumberError.
    """
    with transaction.atomic():
        _lock(subscriber.account)
        operations.locked(subscriber)
        subscriber.refresh_from_db()
        moment = at or clock.now()
        _require_closable(subscriber, moment)
        subscriber.status, subscriber.closed_at = SubscriberStatus.CLOSED, moment
        subscriber.save(update_fields=["status", "closed_at"])
        if subscriber.is_trunk:
            logins.close_login(account=subscriber.account, phone=subscriber.phone)
        assignments.end_all(subscriber=subscriber, at=moment)
        pool.rest(subscriber=subscriber, ported_out=ported_out, by=by)
        provisioning.want(subscriber=subscriber)
    log.info("number.closed", subscriber_id=subscriber.pk)


def close_account(*, account: Account, at: datetime | None = None, by: Actor = PORTAL) -> None:
    """Disconnects all numbers of an account, the trunks last, and closes the account. Raises NumberError."""
    with transaction.atomic():
        _lock_open(account)
        moment = at or clock.now()
        still_open = account.subscribers.exclude(status=SubscriberStatus.CLOSED)
        for subscriber in [*still_open.filter(kind=PlanKind.NUMBER), *still_open.filter(kind=PlanKind.TRUNK)]:
            close(subscriber=subscriber, at=moment, by=by)
        account.status, account.closed_on = AccountStatus.CLOSED, clock.minsk(moment).date()
        account.save(update_fields=["status", "closed_on"])
    log.info("account.closed", account_id=account.pk)


def reopen_account(*, account: Account) -> None:
    """Opens a closed account again, without numbers: each is connected anew, its former numbers from their quarantine.

    Locks the account. Raises NumberError if it is not closed.
    """
    with transaction.atomic():
        if _lock(account).status != AccountStatus.CLOSED:
            raise NumberError("account_open", _("Лицевой счёт не закрыт"))
        account.status, account.closed_on = AccountStatus.ACTIVE, None
        account.save(update_fields=["status", "closed_on"])
    log.info("account.reopened", account_id=account.pk)


def _connect(  # noqa: PLR0917 - what both public functions pass on
    subscriber: Subscriber, phone: str, label: str, connected_at: datetime | None, origin: NumberOrigin, by: Actor
) -> Subscriber:
    subscriber.ported_in = origin == NumberOrigin.PORTED_IN
    subscriber.phone = clean_phone(phone)
    subscriber.label = clean_label(label)
    subscriber.kind = subscriber.plan.kind
    subscriber.connected_at = connected_at or clock.now()
    _require_moment(subscriber.account, subscriber.connected_at)
    pool.lock(subscriber.phone)
    _require_free(subscriber.phone, subscriber.connected_at)
    pool.take(subscriber=subscriber, origin=origin, by=by)
    with constraints.refused(_taken_meanwhile, "subscriber_periods_never_overlap", "number_is_held"):
        subscriber.save(force_insert=True)
    log.info("number.opened", subscriber_id=subscriber.pk, kind=subscriber.kind)
    return subscriber


def _included_package(trunk: Subscriber) -> ChannelPackage | None:
    """The channel package included by the plan's terms; None if they include no channels."""
    day = clock.minsk(trunk.connected_at).date()
    terms = PlanTerms.objects.filter(validity.in_force(day), plan=trunk.plan)
    count = terms.values_list("included_channels", flat=True).first()
    if not count:
        return None
    package = ChannelPackage.objects.filter(channels=count).first()
    if package is None:
        message = _("В каталоге нет пакета на %(count)d каналов, который входит в тарифный план")
        raise NumberError("no_package", message % {"count": count}, "plan")
    return package


def clean_phone(text: str) -> str:
    """A Belarusian number in any spelling as E.164. Raises PhoneError and NumberError."""
    phone = phones.parse(text)
    if not phone.startswith("+375") or normalise(phone).kind is not NumberKind.E164:
        raise NumberError("foreign", _("Нужен белорусский номер, например 44 711-20-30"), "phone")
    return phone


def _require_kind(plan: TariffPlan, kind: PlanKind) -> None:
    if plan.kind != kind:
        raise NumberError(
            "plan", _("Этот тарифный план для вида «%(kind)s»") % {"kind": PlanKind(plan.kind).label}, "plan"
        )


def _lock(account: Account) -> Account:
    """Locks the account, so that its numbers change one at a time; FOR NO KEY UPDATE does not block imports."""
    return Account.objects.select_for_update(no_key=True).get(pk=account.pk)


def _lock_open(account: Account) -> None:
    if _lock(account).status == AccountStatus.CLOSED:
        raise NumberError("account_closed", _("Лицевой счёт закрыт"), "account")


def _require_moment(account: Account, moment: datetime) -> None:
    if moment > clock.now():
        raise NumberError("future", _("Дата подключения ещё не наступила"), "connected_at")
    if moment < midnight(account.contract_date):
        raise NumberError("before_contract", _("Дата подключения раньше даты договора"), "connected_at")
    _require_open_month(moment, "connected_at")


def _require_open_month(moment: datetime, field: str) -> None:
    """Refuses a moment in a closed month; keeps the month open until this change is written."""
    month = Month.of(moment)
    if months.hold([month.first_day]):
        raise NumberError("month_closed", _("%(month)s уже закрыт для расчётов") % {"month": month.label_title}, field)


def _require_free(phone: str, moment: datetime) -> None:
    taken = Subscriber.objects.filter(Q(closed_at__isnull=True) | Q(closed_at__gt=moment), phone=phone)
    if holder := taken.select_related("account").first():
        raise NumberError(
            "taken", _("Номер уже подключён: лицевой счёт %(number)s") % {"number": holder.account.number}, "phone"
        )


def _taken_meanwhile() -> NumberError:
    return NumberError("taken", _("Номер только что подключили"), "phone")


def _require_closable(subscriber: Subscriber, moment: datetime) -> None:
    if subscriber.status == SubscriberStatus.CLOSED:
        raise NumberError("closed", _("Номер уже отключён"))
    if moment > clock.now():
        raise NumberError("future", _("Дата отключения ещё не наступила"), "closed_at")
    if moment < subscriber.connected_at:
        raise NumberError("before_connection", _("Отключение раньше подключения"), "closed_at")
    _require_open_month(moment, "closed_at")
    _require_no_numbers(subscriber, moment)
    if assignments.begun_after(subscriber, moment):
        raise NumberError("assignments", _("Услуги этого номера менялись позже этого времени"), "closed_at")
    last = CallRecord.objects.filter(subscriber_id=subscriber.pk, started_at__gte=moment).aggregate(Max("started_at"))
    if late := last["started_at__max"]:
        shown = {"moment": clock.show_moment(late)}
        raise NumberError("calls", _("Есть звонки позже этого времени, последний %(moment)s") % shown, "closed_at")


def _require_no_numbers(trunk: Subscriber, moment: datetime) -> None:
    if trunk.numbers.exclude(status=SubscriberStatus.CLOSED).exists():
        raise NumberError("has_numbers", _("Сначала отключите SIP-номера этого соединения"))
    if trunk.numbers.filter(closed_at__gt=moment).exists():
        raise NumberError("has_numbers", _("SIP-номера этого соединения отключены позже"), "closed_at")
