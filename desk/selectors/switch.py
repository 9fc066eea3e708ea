"""«Коммутатор сейчас» (3.4, 4.8): what the switch knows, with the names of the customers that it concerns."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from subscribers import dialled
from subscribers.models import SipAccount, Subscriber
from subscribers.selectors import sip
from subscribers.switch import diagnosis, live
from subscribers.switch.diagnosis import Finding
from subscribers.switch.live import Known, Refusal, Registration, Talk

SHORT = 5  # digits of a number without a country
REASONS: dict[str, Promise] = {
    "password": _("неверный пароль или логин"),
    "address": _("адрес не разрешён"),
    "caller": _("чужой номер звонящего"),
    "number": _("набран не номер"),
    "restricted": _("исходящие ограничены: оператор, долг или лимит"),
    "bar-outgoing": _("запрет исходящей связи"),
    "bar-international": _("запрет международной связи"),
    "bar-incoming": _("запрет входящей связи"),
    "black-list": _("чёрный список"),
    "channels": _("заняты все каналы"),
    "channels-in": _("заняты все каналы, входящий"),
    "away": _("оборудование не зарегистрировано"),
    "forward": _("переадресация не разрешена или по кругу"),
    "unknown": _("номер не наш"),
    "gateways": _("нет рабочего шлюза"),
}


@dataclass(frozen=True, slots=True)
class RegistrationRow:
    one: Registration
    trunk: Subscriber | None


@dataclass(frozen=True, slots=True)
class TalkRow:
    one: Talk
    trunks: list[Subscriber]
    caller: str
    called: str


@dataclass(frozen=True, slots=True)
class RefusalRow:
    one: Refusal
    trunk: Subscriber | None
    reason: str
    caller: str
    called: str


@dataclass(frozen=True, slots=True)
class SwitchNow:
    """What a page shows; numbers are written as this user may see them."""

    known: Known
    registrations: list[RegistrationRow]
    talks: list[TalkRow]
    refusals: list[RefusalRow]


def now(user: Any) -> SwitchNow | None:
    """All trunks; None if the switch cannot be asked."""
    known = live.everything()
    return _shown(known, user) if known else None


def of_trunk(trunk: Subscriber, user: Any) -> tuple[SwitchNow, list[Finding]] | None:
    """One trunk with what is wrong with its access; None if it has none, or if the switch cannot be asked."""
    access = sip.of(trunk.account, trunk)
    known = live.of_trunk(access.parameters.auth_name, access.parameters.domain) if access else None
    if access is None or known is None:
        return None
    return _shown(known, user), diagnosis.of(access.parameters, known, partial(_number, user=user))


def _shown(known: Known, user: Any) -> SwitchNow:
    logins = {one.login for one in known.registrations} | {one.login for one in known.refusals}
    trunks = _trunks(logins.union(*(one.logins for one in known.talks)))
    return SwitchNow(
        known,
        [RegistrationRow(one, trunks.get(one.login)) for one in known.registrations],
        [
            TalkRow(
                one,
                [trunks[login] for login in dict.fromkeys(one.logins) if login in trunks],
                _number(one.caller, user),
                _number(one.called, user),
            )
            for one in known.talks
        ],
        [
            RefusalRow(
                one,
                trunks.get(one.login),
                str(REASONS.get(one.reason, one.reason)),
                _number(one.caller, user),
                _number(one.called, user),
            )
            for one in known.refusals
        ],
    )


def _trunks(logins: Iterable[str]) -> dict[str, Subscriber]:
    rows = SipAccount.objects.filter(auth_name__in=list(logins)).select_related("trunk__account__customer")
    return {row.auth_name: row.trunk for row in rows.only("auth_name", "trunk")}


def _number(number: str, user: Any) -> str:
    """A number as the user may see it; the switch writes some without «+»."""
    if len(number) <= SHORT:
        return number
    return dialled.shown(number if number.startswith("+") else f"+{number}", user)
