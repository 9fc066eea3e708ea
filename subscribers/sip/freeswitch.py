"""Settings for FreeSWITCH: a gateway of sip_profiles/external/.

Before parsing the XML, FreeSWITCH processes the lines: `$${…}` is a variable, a line with `X-PRE-PROCESS` a command,
and lines with `<include>` are removed. So every character of a value that is neither a letter nor a digit is written as
a character reference, unless it is on the list of harmless ones.
"""

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from subscribers.sip import media, notes
from subscribers.sip.parameters import SipParameters

_TO_REFER = re.compile(r"[^\w .:@+/,=-]|-(?=pre-|process)", re.IGNORECASE)


def render(parameters: SipParameters) -> str:
    """The file of one gateway, named after the trunk."""
    remarks = notes.lines(parameters, passwordless=_("Пароль SIP впишите в value параметра password"))
    return "\n".join(
        [
            "<include>",
            *(f"  <!-- {line} -->" for line in remarks),
            f'  <gateway name="{parameters.name}">',
            *(f'    <param name="{name}" value="{_escaped(value)}"/>' for name, value in _params(parameters)),
            "    <variables>",
            *(
                f'      <variable name="{name}" value="{_escaped(value)}" direction="outbound"/>'
                for name, value in _variables(parameters)
            ),
            "    </variables>",
            "  </gateway>",
            "</include>",
            "",
        ]
    )


def _escaped(value: str) -> str:
    return _TO_REFER.sub(lambda found: f"&#{ord(found[0])};", value)


def _params(parameters: SipParameters) -> Iterator[tuple[str, str]]:
    yield "username", parameters.login
    yield "auth-username", parameters.auth_name
    yield "realm", parameters.domain
    yield "from-user", parameters.login
    yield "from-domain", parameters.domain
    yield "password", parameters.password
    yield "proxy", parameters.server
    if parameters.proxy:
        yield "outbound-proxy", parameters.proxy
        yield "register-proxy", parameters.proxy
    yield "register", "true" if parameters.registers else "false"
    yield "register-transport", parameters.transport
    yield "expire-seconds", str(parameters.register_seconds)
    yield "retry-seconds", "60"
    yield "caller-id-in-from", "true"


def _variables(parameters: SipParameters) -> Iterator[tuple[str, str]]:
    if codecs := media.known(parameters.codecs):
        yield "absolute_codec_string", ",".join(codec.freeswitch for codec in codecs)
    if parameters.dtmf in media.DTMF:
        yield "dtmf_type", media.DTMF[parameters.dtmf].freeswitch
