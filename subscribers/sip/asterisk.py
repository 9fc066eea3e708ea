"""Settings for Asterisk: sections of pjsip.conf.

How Asterisk reads a line: a semicolon begins a comment unless a backslash precedes it; a value loses the spaces at its
ends and a `>` right after the `=`; nothing else is special inside a value.
"""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from subscribers.sip import media, notes
from subscribers.sip.parameters import SipParameters
from subscribers.sip.text import uri_user

Options = Iterable[tuple[str, object]]


def render(parameters: SipParameters) -> str:
    """The text of the file; section names begin with the trunk's name, so that they clash with no other section."""
    remarks = notes.lines(parameters, passwordless=_("Пароль SIP впишите после password ="))
    sections = [
        f"[{parameters.name}{suffix}]\n" + "".join(f"{key} = {_escaped(str(value))}\n" for key, value in options)
        for suffix, options in _sections(parameters)
    ]
    return "\n".join(["".join(f"; {line}\n" for line in remarks), *sections])


def _escaped(value: str) -> str:
    return value.replace(";", "\\;")


def _sections(parameters: SipParameters) -> Iterator[tuple[str, Options]]:
    yield "", _endpoint(parameters)
    yield "-aor", [("type", "aor"), ("contact", _server(parameters)), ("qualify_frequency", 60)]
    if parameters.registers:
        yield "-auth", _auth(parameters)
        yield "-registration", _registration(parameters)
    yield "-identify", _identify(parameters)


def _endpoint(parameters: SipParameters) -> Options:
    yield "type", "endpoint"
    yield "context", "from-operator"
    yield "disallow", "all"
    yield "allow", ",".join(codec.asterisk for codec in media.known(parameters.codecs)) or "all"
    if parameters.dtmf in media.DTMF:
        yield "dtmf_mode", media.DTMF[parameters.dtmf].asterisk
    yield "aors", f"{parameters.name}-aor"
    if parameters.registers:
        yield "outbound_auth", f"{parameters.name}-auth"
    yield "from_user", parameters.login
    yield "from_domain", parameters.domain
    yield from _proxy(parameters)
    yield "device_state_busy_at", parameters.channels
    yield "direct_media", "no"
    yield "rtp_symmetric", "yes"


def _auth(parameters: SipParameters) -> Options:
    yield "type", "auth"
    yield "auth_type", "userpass"
    yield "realm", parameters.domain
    yield "username", parameters.auth_name
    yield "password", parameters.password


def _registration(parameters: SipParameters) -> Options:
    yield "type", "registration"
    yield "outbound_auth", f"{parameters.name}-auth"
    yield "server_uri", _server(parameters)
    yield "client_uri", f"sip:{uri_user(parameters.login)}@{parameters.domain}"
    yield "contact_user", parameters.login
    yield from _proxy(parameters)
    yield "expiration", parameters.register_seconds
    yield "retry_interval", 60


def _identify(parameters: SipParameters) -> Options:
    """Identifies incoming calls by the networks that they come from."""
    yield "type", "identify"
    yield "endpoint", parameters.name
    for network in parameters.signalling_networks:
        yield "match", network


def _proxy(parameters: SipParameters) -> Options:
    if parameters.proxy:
        yield "outbound_proxy", f"sip:{parameters.proxy}{_transport(parameters)};lr"


def _server(parameters: SipParameters) -> str:
    return f"sip:{parameters.server}{_transport(parameters)}"


def _transport(parameters: SipParameters) -> str:
    return "" if parameters.transport == "udp" else f";transport={parameters.transport}"
