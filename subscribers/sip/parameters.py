"""Параметры для настройки SIP as one value, from which the page and every settings file are rendered (3.4)."""

import re
from dataclasses import dataclass, field, replace
from typing import Literal

from django.utils.translation import gettext as _

from sipcabinet.lib import phones
from subscribers.sip.text import host, plain

_NOT_A_DIGIT = re.compile(r"[^0-9]")
Transport = Literal["udp", "tcp", "tls"]


@dataclass(frozen=True, slots=True)
class SipParameters:
    """What the equipment of one trunk needs. Networks are CIDR, the interval is in seconds.

    `password` is empty if it must not be shown: on the page and in files without it. Raises UnwritableError for values
    that equipment could not accept.
    """

    phone: str
    label: str
    domain: str
    registrar: str
    outbound_proxy: str
    port: int
    transport: Transport
    login: str
    auth_name: str
    register_seconds: int
    codecs: tuple[str, ...]
    dtmf: str
    number_format: str
    registers: bool
    allowed_addresses: tuple[str, ...]
    signalling_networks: tuple[str, ...]
    media_networks: tuple[str, ...]
    rtp_port_from: int
    rtp_port_to: int
    channels: int
    password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        host(self.domain, _("Домен"))
        host(self.registrar, _("Сервер регистрации"))
        if self.outbound_proxy:
            host(self.outbound_proxy, _("Исходящий прокси"))
        plain(self.login, _("Логин"))
        plain(self.auth_name, _("Имя для аутентификации"))
        plain(self.password, _("Пароль SIP"))

    def with_password(self, password: str) -> "SipParameters":
        """A copy with the password; equipment that does not register needs no password and gets none."""
        return replace(self, password=password if self.registers else "")

    @property
    def name(self) -> str:
        """The trunk's name in files, `sip-375447112030`: contains nothing that a person typed."""
        return f"sip-{_NOT_A_DIGIT.sub('', self.phone)}"

    @property
    def server(self) -> str:
        """The registrar with its port."""
        return f"{self.registrar}:{self.port}"

    @property
    def proxy(self) -> str:
        """The outbound proxy with its port, or empty."""
        return f"{self.outbound_proxy}:{self.port}" if self.outbound_proxy else ""

    @property
    def title(self) -> str:
        """`+375 44 711-20-30, Офис`, as the customer calls it."""
        shown = phones.display(self.phone)
        return f"{shown}, {self.label}" if self.label else shown
