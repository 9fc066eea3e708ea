"""SIP platforms and the SIP access of trunks for tests."""

from typing import Any

import factory
from factory.django import DjangoModelFactory

from subscribers.models import SipAccount, SipPlatform, Transport
from subscribers.switch import sip_passwords
from subscribers.tests.factories import TrunkFactory


class SipPlatformFactory(DjangoModelFactory[SipPlatform]):
    class Meta:
        model = SipPlatform
        django_get_or_create = ("name",)

    name = "Минск-1"
    domain = "sip.operator.example"
    registrar = "sip.operator.example"
    outbound_proxy = "sbc.operator.example"
    transports: Any = (Transport.UDP, Transport.TCP, Transport.TLS)
    codecs: Any = ("G.711A", "G.711U", "G.729")
    signalling_networks: Any = ("192.0.2.0/28",)
    media_networks: Any = ("198.51.100.0/24",)
    is_default = True


class SipAccountFactory(DjangoModelFactory[SipAccount]):
    """A trunk's SIP access; `password="…"` is sealed."""

    class Meta:
        model = SipAccount
        exclude = ("password",)

    trunk: Any = factory.SubFactory(TrunkFactory)
    account = factory.SelfAttribute("trunk.account")
    platform = factory.SubFactory(SipPlatformFactory)
    login = factory.LazyAttribute(lambda row: row.trunk.phone.removeprefix("+"))
    auth_name = factory.SelfAttribute("login")
    password = "SipSecret23456789abc"
    password_sealed = factory.LazyAttribute(lambda row: sip_passwords.seal(row.trunk, row.password))
