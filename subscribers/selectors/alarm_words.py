"""When calls raise an alarm, in words (16.6)."""

from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from sipcabinet.lib import money, words
from subscribers.models import AlarmSign
from subscribers.selectors.fraud_signs import NEW_DAYS, Thresholds


class Rule(NamedTuple):
    """A sign, and from how many paid calls in an hour it is an alarm: `от 10 с 23:00 до 6:00`."""

    sign: str
    words: str


def rules() -> list[Rule]:
    """The thresholds of the settings, by sign."""
    set_to = Thresholds.in_settings()
    told = {
        AlarmSign.NIGHT: _("от %(count)s с %(begin)d:00 до %(end)d:00")
        % {"count": set_to.night_calls, "begin": set_to.night_from, "end": set_to.night_until},
        AlarmSign.SHORT: _("от %(count)s не длиннее %(seconds)s")
        % {
            "count": set_to.short_calls,
            "seconds": words.counted(set_to.short_seconds, "секунды", "секунд", "секунд"),
        },
        AlarmSign.NEW_DESTINATION: _("от %(count)s по %(price)s за минуту и дороже, если %(days)s туда не звонили")
        % {
            "count": set_to.new_calls,
            "price": money.show_byn(set_to.new_price),
            "days": words.counted(NEW_DAYS, "день", "дня", "дней"),
        },
        AlarmSign.AT_ONCE: _("от %(count)s разговоров сразу") % {"count": set_to.at_once},
    }
    return [Rule(str(AlarmSign(sign).label), text) for sign, text in told.items()]


def quiet() -> str:
    """How long a sign is quiet after a false alarm: `24 часа`."""
    return words.counted(settings.ALARM_QUIET // timedelta(hours=1), "час", "часа", "часов")


def note() -> str:
    """All of it in one paragraph, for the list of alarms."""
    told = "; ".join(f"{rule.sign}: {rule.words}" for rule in rules())
    return _(
        "Тревогу вызывают платные звонки одного SIP-соединения за час. %(rules)s. После ложной тревоги такой же "
        "признак молчит %(quiet)s. Эти числа задаёт администратор в настройках портала."
    ) % {"rules": told[0].upper() + told[1:], "quiet": quiet()}
