"""Settings for Fanvil phones: line 1 in the XML of their automatic provisioning."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from lxml import etree

from subscribers.sip import media, notes
from subscribers.sip.parameters import SipParameters
from subscribers.sip.text import remark

_TRANSPORTS = {"udp": 0, "tcp": 1, "tls": 3}
_VERSION = "2.0000000000"  # of the format; a phone takes a file whose content differs from what it has


def render(parameters: SipParameters) -> str:
    root = etree.Element("sysConf")
    for line in notes.lines(parameters, passwordless=_("Пароль SIP впишите в RegisterPswd")):
        root.append(etree.Comment(f" {line} "))
    etree.SubElement(root, "Version").text = _VERSION
    account = etree.SubElement(etree.SubElement(root, "sip"), "line", index="1")
    for name, value in _values(parameters):
        etree.SubElement(account, name).text = str(value)
    written: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return written.decode()


def _values(parameters: SipParameters) -> Iterator[tuple[str, object]]:
    yield "PhoneNumber", parameters.login
    yield "DisplayName", remark(parameters.label) or parameters.login
    yield "RegisterAddr", parameters.registrar
    yield "RegisterPort", parameters.port
    yield "RegisterUser", parameters.auth_name
    yield "RegisterPswd", parameters.password
    yield "RegisterTTL", parameters.register_seconds
    yield "EnableReg", int(parameters.registers)
    yield "ProxyAddr", parameters.outbound_proxy
    yield "ProxyPort", parameters.port
    yield "Transport", _TRANSPORTS[parameters.transport]
    if parameters.dtmf in media.DTMF:
        yield "DTMFMode", media.DTMF[parameters.dtmf].fanvil
