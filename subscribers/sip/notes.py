"""Notes at the top of a settings file for the person who opens it, in lines safe in a comment of any format."""

from django.utils.translation import gettext as _

from subscribers.sip.parameters import SipParameters
from subscribers.sip.text import remark


def lines(parameters: SipParameters, *, passwordless: str) -> list[str]:
    """Whose file it is and what the firewall must let through; `passwordless` says where to put the password."""
    found = [
        _("Параметры SIP: %(title)s") % {"title": parameters.title},
        _("Одновременных разговоров: %(channels)d") % {"channels": parameters.channels},
        _("Формат номера: %(format)s") % {"format": parameters.number_format},
        _("Сети сигнализации: %(networks)s") % {"networks": ", ".join(parameters.signalling_networks)},
        _("Сети медиа: %(networks)s, порты RTP %(first)d–%(last)d")
        % {
            "networks": ", ".join(parameters.media_networks),
            "first": parameters.rtp_port_from,
            "last": parameters.rtp_port_to,
        },
    ]
    if not parameters.registers:
        addresses = ", ".join(parameters.allowed_addresses)
        found.append(_("Без регистрации: звонки принимаются с адресов %(addresses)s") % {"addresses": addresses})
    elif not parameters.password:
        found.append(passwordless)
    return [remark(line) for line in found]
