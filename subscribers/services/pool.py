"""номерная ёмкость (4.13): nobody gets a number that is not free.

A number outside all ranges may be connected only as «перенесён к нам»; while the operator has entered no range at all,
every number may be connected, as before there were ranges. A number that is held (reserved, in quarantine) may be
connected for the customer for whom it is held.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actor import PORTAL, Actor
from accounts.models import Customer
from accounts.services import audit
from sipcabinet.lib import clock, constraints, locks, phones
from sipcabinet.lib.periods import midnight
from subscribers.errors import NumberError
from subscribers.models import HoldKind, NumberHold, NumberOrigin, NumberRange, Subscriber
from subscribers.selectors import pool
from subscribers.selectors.pool import PoolState

log = structlog.get_logger(__name__)
MOST_RESERVED = 100  # numbers of one form
LONGEST_RESERVATION = timedelta(days=366)
TEXT_LENGTH = 200


def lock(phone: str) -> None:
    """Locks the number until the transaction ends: two inserts under an exclusion constraint could deadlock."""
    locks.hold(f"number {phone}")


def take(*, subscriber: Subscriber, origin: NumberOrigin = NumberOrigin.FREE, by: Actor = PORTAL) -> None:
    """Ends the holds of a number that is being connected. Call it under the lock of the number, before the insert.

    Raises NumberError if the number is held for somebody else or was ported out, and if it is in no range and is not
    ported in. A reservation without a customer of the portal is used only with `origin` RESERVED.
    """
    _end_holds(subscriber, origin, by)
    own = pool.range_of(subscriber.phone)
    check_origin(origin, own, has_ranges=own is not None or NumberRange.objects.exists())


def check_origin(origin: NumberOrigin, own: NumberRange | None, *, has_ranges: bool) -> None:
    """Raises NumberError if a number of the range `own`, or of none, cannot come from there."""
    if origin == NumberOrigin.PORTED_IN and own is not None:
        message = _("Этот номер из нашего диапазона %(range)s: он не переносится к нам")
        raise NumberError("own", message % {"range": own}, "phone")
    if origin != NumberOrigin.PORTED_IN and own is None and has_ranges:
        message = _("Номера нет в диапазонах оператора. Если клиент пришёл со своим номером, отметьте перенос к нам")
        raise NumberError("outside", message, "phone")


def _end_holds(subscriber: Subscriber, origin: NumberOrigin, by: Actor) -> None:
    moment, customer = subscriber.connected_at, subscriber.account.customer_id
    holds = NumberHold.objects.select_for_update(of=("self",)).filter(phone=subscriber.phone)
    for hold in holds.filter(pool.active(moment) | pool.active(clock.now())).select_related("customer"):
        check_hold(hold, customer_id=customer, origin=origin)
        # The hold ends where the subscriber begins, also if that lies before the hold: then it never was in force.
        _end(hold, max(moment, hold.starts_at), _("номер подключён"), by)


def check_hold(hold: NumberHold, *, customer_id: int | None, origin: NumberOrigin) -> None:
    """Raises NumberError if what holds a number keeps it from this customer (None: one who is not in the portal)."""
    is_for_him = customer_id is not None and hold.customer_id == customer_id and hold.kind != HoldKind.PORTED_OUT
    if not (is_for_him or (origin == NumberOrigin.RESERVED and _is_for_a_text(hold))):
        raise NumberError("held", _held(hold), "phone")


def _is_for_a_text(hold: NumberHold) -> bool:
    return hold.kind == HoldKind.RESERVED and hold.customer_id is None


def _held(hold: NumberHold) -> str:
    told = {"until": clock.show_moment(hold.until) if hold.until else "", "who": hold.customer or hold.text}
    if hold.kind == HoldKind.RESERVED:
        return _("Номер зарезервирован до %(until)s: %(who)s") % told
    if hold.kind == HoldKind.QUARANTINE:
        return _("Номер в карантине до %(until)s: его недавно отключил другой клиент") % told
    return _("Номер перенесён от нас к другому оператору")


def rest(*, subscriber: Subscriber, ported_out: bool = False, by: Actor = PORTAL) -> None:
    """Keeps a number that has just been disconnected from others for NUMBER_QUARANTINE; a number that was ported out,
    until it comes back. A number that was ported in leaves the operator, so nothing keeps it.

    Call it in the transaction that closes the subscriber: others see the closed subscriber and the hold at once, so
    the lock of the number is not needed (an account may have more numbers than PostgreSQL has locks).
    """
    starts_at = subscriber.closed_at or clock.now()
    until = None if ported_out else starts_at + settings.NUMBER_QUARANTINE
    if subscriber.ported_in or until == starts_at:
        return
    with constraints.refused(_meanwhile, "number_is_used", "number_held_once"):
        NumberHold.objects.create(
            phone=subscriber.phone,
            kind=HoldKind.PORTED_OUT if ported_out else HoldKind.QUARANTINE,
            starts_at=starts_at,
            until=until,
            customer_id=subscriber.account.customer_id,
            text=" ".join(by.reason.split())[:TEXT_LENGTH],
            made_by=by.user,
        )


def reserve(
    *, first: str, until: date, by: Actor, count: int = 1, customer: Customer | None = None, text: str = ""
) -> list[NumberHold]:
    """Reserves `count` free numbers in a row from `first` (E.164) through the day `until`, for a customer or for whom
    `text` names.

    All or none; the same form (`by.token`) sent twice reserves once. Audited; locks the numbers in order. Raises
    NumberError.
    """
    told = _clean(text)
    if customer is None and not told:
        raise NumberError("for_whom", _("Укажите, для кого резерв: УНП клиента или название"), "text")
    if not clock.today() <= until <= clock.today() + LONGEST_RESERVATION:
        raise NumberError("until", _("Резерв ставится не дальше чем на год, и не на прошедший день"), "until")
    if not 1 <= count <= MOST_RESERVED:
        raise NumberError("count", _("За один раз: от 1 до %(most)d номеров") % {"most": MOST_RESERVED}, "count")
    with transaction.atomic():
        numbers = _in_a_row(first, count)
        for phone in numbers:
            lock(phone)
        if known := _same_form(numbers, by):
            return known
        with constraints.refused(_meanwhile, "number_is_used", "number_held_once"):
            holds = [_reserve(phone, customer, told, until, by) for phone in numbers]
        summary = _("Зарезервировано до %(until)s включительно: %(phone)s, номеров подряд: %(count)d, %(who)s")
        facts = {"phone": phones.display(first), "count": count, "who": customer or told}
        _record("number.reserved", summary % {**facts, "until": clock.show_date(until)}, by, first, count)
    return holds


def end(*, phone: str, kind: HoldKind, by: Actor) -> NumberHold:
    """Ends the hold of a number before its time, with a reason (`by.reason`): a reservation, a quarantine, or a porting
    out when the number has come back. Audited; locks the number. Raises NumberError, also if a colleague was faster.
    """
    why = _clean(by.reason)
    if not why:
        raise NumberError("reason", _("Укажите причину: она останется в журнале"), "reason")
    with transaction.atomic():
        lock(phone)
        hold = NumberHold.objects.filter(pool.active(clock.now()), phone=phone, kind=kind).first()
        if hold is None:
            message = _("Состояние номера уже изменилось: %(state)s")
            raise NumberError("not_held", message % {"state": pool.find(phone).state.label}, "reason")
        _end(hold, clock.now(), why, by)
        summary = _("%(phone)s: снято «%(kind)s», причина: %(why)s")
        told = {"phone": phones.display(phone), "kind": hold.get_kind_display(), "why": why}
        _record(_ENDED[kind], summary % told, by, phone)
    return hold


_ENDED = {
    HoldKind.RESERVED: "number.released",
    HoldKind.QUARANTINE: "number.quarantine_ended",
    HoldKind.PORTED_OUT: "number.came_back",
}


def _in_a_row(first: str, count: int) -> list[str]:
    """The numbers; all must be of one range. Raises NumberError."""
    own = pool.range_of(first)
    if own is None:
        raise NumberError("outside", _("Этого номера нет в диапазонах оператора"), "count")
    begin = int(first.removeprefix("+"))
    if begin + count - 1 > own.last:
        message = _("Подряд от этого номера в диапазоне только %(count)d")
        raise NumberError("count", message % {"count": own.last - begin + 1}, "count")
    return [f"+{number}" for number in range(begin, begin + count)]


def _same_form(numbers: Sequence[str], by: Actor) -> list[NumberHold]:
    keys = [_key(phone, by) for phone in numbers]
    return list(NumberHold.objects.filter(dedupe_key__in=keys).order_by("phone")) if by.token else []


def _reserve(phone: str, customer: Customer | None, text: str, until: date, by: Actor) -> NumberHold:
    found = pool.find(phone)
    if found.state != PoolState.FREE:
        message = _("%(phone)s не свободен: %(state)s")
        told = {"phone": phones.display(phone), "state": found.state.label.lower()}
        raise NumberError("not_free", message % told, "count")
    return NumberHold.objects.create(
        phone=phone,
        kind=HoldKind.RESERVED,
        starts_at=clock.now(),
        until=midnight(until + timedelta(days=1)),
        customer=customer,
        text=text,
        made_by=by.user,
        dedupe_key=_key(phone, by),
    )


def _key(phone: str, by: Actor) -> str | None:
    return f"{by.token}:{phone}" if by.token else None


def _end(hold: NumberHold, at: datetime, why: str, by: Actor) -> None:
    hold.ended_at, hold.ended_why, hold.ended_by = at, why, by.user
    hold.save(update_fields=["ended_at", "ended_why", "ended_by"])
    log.info("number.hold_ended", hold_id=hold.pk, kind=hold.kind)


def _clean(text: str) -> str:
    told = " ".join(text.split())
    if len(told) > TEXT_LENGTH:
        raise NumberError("text", _("Не длиннее %(most)d знаков") % {"most": TEXT_LENGTH}, "text")
    return told


def _meanwhile() -> NumberError:
    return NumberError("taken", _("Номер только что заняли: выберите другой"), "phone")


def _record(action: str, summary: str, by: Actor, phone: str, count: int = 1) -> None:
    details = {"phone": phone, "numbers": count} | ({"reason": by.reason} if by.reason else {})
    audit.record(action=action, user=by.user, address=by.address, summary=summary, details=details)
