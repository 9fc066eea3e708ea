"""Параметры SIP of a subscriber's trunk for its pages (3.4). The sealed password is never selected."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import cast

from accounts.models import Account
from sipcabinet.lib import tenancy
from sipcabinet.lib.prepared import Prepared
from subscribers.models import ChannelAssignment, SipAccount, SipMode, Subscriber, SubscriberStatus, Transport
from subscribers.sip import SipParameters, parameters

# The columns that the portal's role may select. The only other column is the sealed password.
OPEN_COLUMNS = (
    "account", "platform", "login", "auth_name", "transport", "mode", "allowed_addresses", "password_changed_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SipAccess:
    """The parameters of a trunk without the password; `mode` in words."""

    trunk: Subscriber
    parameters: SipParameters
    mode: str
    password_changed_at: datetime


def of(account: Account, subscriber: Subscriber) -> SipAccess | None:
    """Parameters of the subscriber's trunk; None if none are issued yet or the subscriber is disconnected."""
    trunk = subscriber.trunk or subscriber
    row = _open(OPEN_COLUMNS).first(account.pk, trunk.pk)
    if row is None or SubscriberStatus.CLOSED in (subscriber.status, trunk.status):
        return None
    mode = str(SipMode(row.mode).label)
    return SipAccess(trunk, _parameters(trunk, row, _channels(account, trunk)), mode, row.password_changed_at)


def _channels(account: Account, trunk: Subscriber) -> int:
    found = _CHANNELS.first(account.pk, trunk.pk)
    return found[0] if found else 0


_CHANNELS = Prepared(
    lambda account, trunk: (
        tenancy.of(account)
        .rows(ChannelAssignment)
        .filter(subscriber=trunk, ended_at__isnull=True)
        .order_by("pk")
        .values_list("package__channels")[:1]
    ),
    2,
)


@lru_cache(maxsize=4)
def _open(columns: tuple[str, ...]) -> Prepared:
    return Prepared(
        lambda account, trunk: (
            tenancy.of(account).rows(SipAccount).select_related("platform").only(*columns).filter(trunk=trunk)
        ),
        2,
    )


def _parameters(trunk: Subscriber, row: SipAccount, channels: int) -> SipParameters:
    platform = row.platform
    return SipParameters(
        phone=trunk.phone,
        label=trunk.label,
        domain=platform.domain,
        registrar=platform.registrar,
        outbound_proxy=platform.outbound_proxy,
        port=platform.tls_port if row.transport == Transport.TLS else platform.port,
        transport=cast("parameters.Transport", row.transport),
        login=row.login,
        auth_name=row.auth_name,
        register_seconds=platform.register_seconds,
        codecs=tuple(platform.codecs),
        dtmf=platform.dtmf,
        number_format=platform.number_format,
        registers=row.mode == SipMode.REGISTRATION,
        allowed_addresses=tuple(row.allowed_addresses),
        signalling_networks=tuple(platform.signalling_networks),
        media_networks=tuple(platform.media_networks),
        rtp_port_from=platform.rtp_port_from,
        rtp_port_to=platform.rtp_port_to,
        channels=channels,
    )
