"""The name of a trunk in a switch's call records, if that is neither its number nor its SIP login (4.4)."""

from django.db.models import Q
from django.utils.translation import gettext as _

from sipcabinet.lib import constraints
from subscribers.errors import NumberError
from subscribers.models import Subscriber


def rename(*, trunk: Subscriber, code: str) -> None:
    """Sets the trunk's account code in call records (4.4); an empty code removes it.

    Raises NumberError.
    """
    trunk.switch_code = clean(trunk, code)
    with constraints.refused(_code_taken, "switch_code_once_at_a_time"):  # taken by another trunk since the check
        trunk.save(update_fields=["switch_code"])


def clean(trunk: Subscriber, text: str) -> str:
    """The code as stored. Raises NumberError if it is unprintable, or another trunk has it in the same period."""
    code = text.strip()
    if not code.isprintable():
        raise NumberError("switch_code", _("В коде есть недопустимые знаки"), "switch_code")
    others = Subscriber.objects.filter(switch_code=code).exclude(pk=trunk.pk)
    if trunk.closed_at is not None:
        others = others.filter(connected_at__lt=trunk.closed_at)
    if code and others.filter(Q(closed_at__isnull=True) | Q(closed_at__gt=trunk.connected_at)).exists():
        raise _code_taken()
    return code


def _code_taken() -> NumberError:
    return NumberError("switch_code", _("Этот код на станции уже у другого SIP-соединения"), "switch_code")
