"""How a trunk may reach the switch: by registration or from addresses, over which transport. By staff (3.4, 4.11)."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import User
from sipcabinet.lib import phones
from subscribers.models import (
    Operation,
    OperationKind,
    SipAccount,
    SipMode,
    SipPlatform,
    Subscriber,
    SubscriberStatus,
    Transport,
)
from subscribers.services import operations
from subscribers.services.operations import Change
from subscribers.services.sip_accounts import SipError, account_of, require_open
from subscribers.switch import provisioning

MOST_ADDRESSES = 32
# Shortest allowed prefix by IP version: a wider network would let strangers call at the customer's expense.
WIDEST = {4: 16, 6: 32}
_TAKEN = """
SELECT mine.address, t.phone
FROM subscribers_sipaccount s
JOIN subscribers_subscriber t ON t.id = s.trunk_id
CROSS JOIN unnest(s.allowed_addresses) AS theirs (address)
JOIN unnest(%s::text[]) AS mine (address) ON mine.address::inet && theirs.address::inet
WHERE s.platform_id = %s AND s.trunk_id <> %s AND s.mode = %s AND t.status <> %s
ORDER BY s.trunk_id, mine.address LIMIT 1
"""


def set_access(
    *,
    trunk: Subscriber,
    mode: str,
    transport: str,
    allowed_addresses: Iterable[str],
    user: User | None,
    reason: str = "",
    address: str | None = None,
) -> Operation | None:
    """Saves the mode, transport and addresses; None if nothing changes. Raises SipError.

    Locks the trunk; for access by addresses also its platform, so that no other trunk takes them meanwhile.
    """
    with transaction.atomic():
        trunk = operations.locked(trunk)
        require_open(trunk)
        row = account_of(trunk)
        addresses = checked_addresses(allowed_addresses)
        _require(row, mode, transport, addresses)
        if mode == SipMode.BY_ADDRESS:
            _require_free(row, addresses)
        changes = _changes(row, SipMode(mode), Transport(transport), addresses)
        if not changes:
            return None
        operation = operations.begin(
            subscriber=trunk,
            kind=OperationKind.SIP_ACCESS,
            changes=changes,
            by=Actor(user, address, reason),
        )
        row.mode, row.transport, row.allowed_addresses = mode, transport, addresses
        row.save(update_fields=["mode", "transport", "allowed_addresses"])
        provisioning.want(subscriber=trunk)
    return operation


def checked_addresses(texts: Iterable[str]) -> list[str]:
    """Addresses and networks as stored: `203.0.113.7`, `203.0.113.0/28`, without repeats. Raises SipError."""
    networks = dict.fromkeys(_network(text.strip()) for text in texts if text.strip())
    if len(networks) > MOST_ADDRESSES:
        message = _("Не больше %(most)d адресов и сетей") % {"most": MOST_ADDRESSES}
        raise SipError("too_many", message, "allowed_addresses")
    return [_shown(network) for network in networks]


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        network = ip_network(text)
    except ValueError:
        message = _("«%(text)s» — не IP-адрес и не сеть вида 203.0.113.0/28") % {"text": text}
        raise SipError("address", message, "allowed_addresses") from None
    if network.prefixlen < WIDEST[network.version]:
        message = _("Сеть %(text)s слишком велика") % {"text": text}
        raise SipError("too_wide", message, "allowed_addresses")
    if network.is_loopback or network.is_multicast or network.is_unspecified or network.is_link_local:
        message = _("С адреса %(text)s звонить нельзя: он служебный") % {"text": text}
        raise SipError("not_an_outer_address", message, "allowed_addresses")
    return network


def _shown(network: IPv4Network | IPv6Network) -> str:
    return str(network.network_address if network.num_addresses == 1 else network)


def _require(row: SipAccount, mode: str, transport: str, addresses: Sequence[str]) -> None:
    if mode not in SipMode.values:
        raise SipError("mode", _("Выберите режим"), "mode")
    if transport not in row.platform.transports:
        raise SipError(
            "transport", _("Этого транспорта нет на платформе %(name)s") % {"name": row.platform}, "transport"
        )
    if mode == SipMode.BY_ADDRESS and not addresses:
        raise SipError("no_address", _("Для режима без регистрации укажите хотя бы один адрес"), "allowed_addresses")


def _require_free(row: SipAccount, addresses: Sequence[str]) -> None:
    """Raises SipError if another open trunk of the platform calls from one of the addresses: the switch would know the
    trunks apart by nothing."""
    SipPlatform.objects.select_for_update(no_key=True).values_list("pk").get(pk=row.platform_id)
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN, [list(addresses), row.platform_id, row.pk, SipMode.BY_ADDRESS, SubscriberStatus.CLOSED])
        found = cursor.fetchone()
    if found is not None:
        told = {"address": found[0], "phone": phones.display(found[1])}
        message = _("Адрес %(address)s занят: с него без регистрации звонит SIP-соединение %(phone)s") % told
        raise SipError("address_taken", message, "allowed_addresses")


def _changes(row: SipAccount, mode: SipMode, transport: Transport, addresses: Sequence[str]) -> list[Change]:
    told = [
        (_("Режим"), SipMode(row.mode).label, mode.label),
        (_("Транспорт"), Transport(row.transport).label, transport.label),
        (_("Разрешённые адреса"), _listed(row.allowed_addresses), _listed(addresses)),
    ]
    return [Change(name=name, was=str(was), now=str(now), price="") for name, was, now in told if was != now]


def _listed(addresses: Sequence[str]) -> str:
    return ", ".join(addresses) or _("нет")
