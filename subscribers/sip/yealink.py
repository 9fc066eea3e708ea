"""Settings for Yealink phones: account 1 of a .cfg file.

A value extends to the end of its line, and the format has no escapes: text that a phone could read as a comment, a
quotation or a keyword (`%NULL%`) is refused in a login or password, and dropped from the label.
"""

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from subscribers.sip import media, notes
from subscribers.sip.parameters import SipParameters
from subscribers.sip.text import UnwritableError, remark

_TRANSPORTS = {"udp": 0, "tcp": 1, "tls": 2}
_SAFE = re.compile(r"[A-Za-z0-9@._+!*()=,:/~^?|-]*")
_HEADER = "#!version:1.0.0.1"  # must be the first line; it is not a comment


def render(parameters: SipParameters) -> str:
    remarks = notes.lines(parameters, passwordless=_("Пароль SIP впишите после account.1.password ="))
    settings = [f"account.1.{name} = {value}".rstrip() for name, value in _settings(parameters)]
    return "\n".join([_HEADER, *(f"# {line}" for line in remarks), *settings, ""])


def _settings(parameters: SipParameters) -> Iterator[tuple[str, object]]:
    yield "enable", 1
    yield "label", remark(parameters.title)
    yield "display_name", remark(parameters.label) or parameters.login
    yield "user_name", _written(parameters.login, _("Логин"))
    yield "auth_name", _written(parameters.auth_name, _("Имя для аутентификации"))
    yield "password", _written(parameters.password, _("Пароль SIP"))
    yield "sip_server.1.address", parameters.registrar
    yield "sip_server.1.port", parameters.port
    yield "sip_server.1.transport_type", _TRANSPORTS[parameters.transport]
    yield "sip_server.1.expires", parameters.register_seconds
    yield "sip_server.1.register_on_enable", int(parameters.registers)
    yield "outbound_proxy_enable", int(bool(parameters.outbound_proxy))
    yield "outbound_proxy.1.address", parameters.outbound_proxy
    yield "outbound_proxy.1.port", parameters.port
    if parameters.dtmf in media.DTMF:
        yield "dtmf.type", media.DTMF[parameters.dtmf].yealink
    yield from _codecs(parameters)


def _codecs(parameters: SipParameters) -> Iterator[tuple[str, int]]:
    """The trunk's codecs in their order; all others are turned off."""
    wanted = media.known(parameters.codecs)
    for codec in media.CODECS.values():
        yield f"codec.{codec.yealink}.enable", int(codec in wanted)
        if codec in wanted:
            yield f"codec.{codec.yealink}.priority", wanted.index(codec) + 1


def _written(value: str, field: str) -> str:
    if not _SAFE.fullmatch(value):
        message = _("Файл Yealink не может передать поле «%(field)s»: в нём есть знаки, которые телефон поймёт иначе.")
        raise UnwritableError(message % {"field": field})
    return value
