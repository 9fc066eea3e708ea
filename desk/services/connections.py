"""Numbers connected by staff for a customer (4.11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import Account
from accounts.services import audit
from sipcabinet.lib import clock, phones
from sipcabinet.lib.periods import midnight
from subscribers.models import ChannelPackage, NumberOrigin, SipPlatform, Subscriber, TariffPlan
from subscribers.services import numbers


@dataclass(frozen=True, slots=True)
class Wanted:
    """Numbers to connect. Without a `trunk` the only number becomes a «SIP-соединение», with this package and
    platform if they are not those of the plan and of new trunks."""

    phones: Sequence[str]
    origin: NumberOrigin
    plan: TariffPlan
    trunk: Subscriber | None
    label: str
    connected_at: datetime
    package: ChannelPackage | None = None
    platform: SipPlatform | None = None


def connect(*, account: Account, wanted: Wanted, by: Actor) -> list[Subscriber]:
    """Connects all numbers or none, in order. Audited; locks the account, then the numbers. Raises PhoneError and
    NumberError: two numbers of one run are never given to two customers."""
    given = {"plan": wanted.plan, "label": wanted.label, "connected_at": wanted.connected_at, "origin": wanted.origin}
    with transaction.atomic():
        if wanted.trunk is None:
            (phone,) = wanted.phones
            its = {"package": wanted.package, "platform": wanted.platform}
            opened = [numbers.open_trunk(account=account, phone=phone, by=by, **given, **its)]  # type: ignore[arg-type]
        else:
            opened = [
                numbers.open_number(trunk=wanted.trunk, phone=phone, by=by, **given)  # type: ignore[arg-type]
                for phone in wanted.phones
            ]
        first = phones.display(opened[0].phone)
        summary = _("Подключено номеров: %(count)d, с %(phone)s, %(plan)s")
        audit.record(
            action="number.connected",
            account=account,
            user=by.user,
            address=by.address,
            summary=summary % {"count": len(opened), "phone": first, "plan": wanted.plan},
            details={"subscribers": [one.pk for one in opened], "origin": wanted.origin},
        )
    return opened


def moment_of(day: date) -> datetime:
    """Now for today, else the beginning of the day in Minsk."""
    return clock.now() if day == clock.today() else midnight(day)
