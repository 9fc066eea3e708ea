"""Settings for Grandstream phones: P-values of account 1 in their XML."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from lxml import etree

from subscribers.sip import media, notes
from subscribers.sip.parameters import SipParameters
from subscribers.sip.text import remark

_TRANSPORTS = {"udp": 0, "tcp": 1, "tls": 2}
_VOCODERS = ("P57", "P58", "P59", "P60", "P61", "P62", "P46", "P98")  # choices 1 to 8
_DTMF = {"P2301": 8, "P2302": 1, "P2303": 2}  # in audio, by RTP, by SIP INFO: 1 for the one that P73 names


def render(parameters: SipParameters) -> str:
    root = etree.Element("gs_provision", version="1")
    for line in notes.lines(parameters, passwordless=_("Пароль SIP впишите в P34")):
        root.append(etree.Comment(f" {line} "))
    config = etree.SubElement(root, "config", version="1")
    for name, value in _values(parameters):
        etree.SubElement(config, name).text = str(value)
    written: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return written.decode()


def _values(parameters: SipParameters) -> Iterator[tuple[str, object]]:
    yield "P271", 1  # the account is active
    yield "P270", remark(parameters.title)
    yield "P3", remark(parameters.label) or parameters.login
    yield "P47", parameters.server
    yield "P48", parameters.proxy
    yield "P35", parameters.login
    yield "P36", parameters.auth_name
    yield "P34", parameters.password
    yield "P31", int(parameters.registers)
    yield "P32", max(1, parameters.register_seconds // 60)  # whole minutes, rounded down, at least 1
    yield "P130", _TRANSPORTS[parameters.transport]
    if parameters.dtmf in media.DTMF:
        way = media.DTMF[parameters.dtmf].grandstream
        yield "P73", way
        yield from ((name, int(way == value)) for name, value in _DTMF.items())  # newer telephones know no P73
    yield "P79", 101  # payload type of telephone events
    yield from _vocoders(parameters)


def _vocoders(parameters: SipParameters) -> Iterator[tuple[str, int]]:
    """The trunk's codecs in their order. The last one fills the other choices, which would keep codecs of their own."""
    wanted = [codec.payload for codec in media.known(parameters.codecs)][: len(_VOCODERS)]
    if wanted:
        yield from zip(_VOCODERS, wanted + wanted[-1:] * (len(_VOCODERS) - len(wanted)), strict=True)
