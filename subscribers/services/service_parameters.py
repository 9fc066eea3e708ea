"""Parameters of services: where to forward calls, whose calls to refuse (3.2)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models.functions import Length
from django.utils.translation import gettext as _

from sipcabinet.lib import clock, phones, validity, words
from sipcabinet.lib.money import NBSP
from subscribers.models import Rate, Service, ServiceParameter, Subscriber
from subscribers.rating.rates import HOME
from subscribers.services.service_rules import ServiceError

MOST_NUMBERS = 50


class ParametersError(ServiceError):
    """The parameters are not valid; `messages` names each fault."""

    def __init__(self, *messages: str) -> None:
        super().__init__("parameters", " ".join(messages))
        self.messages = messages


def normal(service: Service, subscriber: Subscriber, given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters as stored, from numbers in any spelling; parameters that the service does not need are dropped.

    Raises ParametersError.
    """
    if service.parameter == ServiceParameter.FORWARD_TO:
        return {"forward_to": _target(str(given.get("forward_to") or ""), subscriber)}
    if service.parameter == ServiceParameter.NUMBERS:
        return {"numbers": _numbers(map(str, given.get("numbers") or ()))}
    return {}


def lines(parameters: Mapping[str, Any]) -> list[str]:
    """The parameters as display texts, one phone number per line."""
    found = [parameters["forward_to"]] if "forward_to" in parameters else parameters.get("numbers", [])
    return [phones.display(phone) for phone in found]


def in_short(parameters: Mapping[str, Any]) -> str:
    """`на +375 …` or `3 номера`; empty if the service has no parameters."""
    if "forward_to" in parameters:
        return (_("на %(phone)s") % {"phone": phones.display(parameters["forward_to"])}).replace(" ", NBSP)
    if "numbers" in parameters:
        return words.counted(len(parameters["numbers"]), _("номер"), _("номера"), _("номеров"))
    return ""


def _target(text: str, subscriber: Subscriber) -> str:
    """Checks the number to forward to: complete, in use, may be called from here, not the subscriber's own number."""
    if not text.strip():
        raise ParametersError(_("Введите номер, на который переадресовать звонки"))
    try:
        phone = phones.parse(text)
    except phones.PhoneError as refusal:
        raise ParametersError(refusal.message) from None
    if phone == subscriber.phone:
        raise ParametersError(_("Это номер самого абонента: введите другой"))
    shown = phones.display(phone)
    if not phones.is_in_use(phone):
        raise ParametersError(_("Такого номера нет: %(phone)s. Проверьте код и цифры") % {"phone": shown})
    if phones.is_premium(phone) or not _may_be_called(phone):
        raise ParametersError(_("На этот номер звонить нельзя, он платный или закрыт: %(phone)s") % {"phone": shown})
    return phone


def _may_be_called(phone: str) -> bool:
    """Whether the price list has a rate for the number, found as in rating, and does not bar it."""
    digits, today = phone.removeprefix("+"), clock.today()
    shortest = len(HOME) - 1 if phone.startswith(HOME) else 0
    rates = Rate.objects.filter(validity.in_force(today), is_short=False).select_related("destination")
    fitting = rates.filter(prefix__in=[digits[:size] for size in range(shortest, len(digits) + 1)])
    rate = fitting.order_by(Length("prefix").desc()).first()
    return rate is not None and not rate.destination.barred_by_default


def _numbers(texts: Iterable[str]) -> list[str]:
    """Normalises the numbers; keeps their order and drops repeats."""
    found: dict[str, None] = {}
    faults = []
    for text in texts:
        try:
            found[phones.parse(text)] = None
        except phones.PhoneError:
            faults.append(_("Это не номер телефона: %(text)s") % {"text": text[:40]})
    if faults:
        raise ParametersError(*faults)
    if not found:
        raise ParametersError(_("Введите хотя бы один номер"))
    if len(found) > MOST_NUMBERS:
        message = _("В списке может быть не больше %(most)d номеров, сейчас их %(count)d")
        raise ParametersError(message % {"most": MOST_NUMBERS, "count": len(found)})
    return list(found)
