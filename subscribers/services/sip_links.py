"""Links under which telephones fetch their settings by themselves (3.4).

A link is a base address with a secret of 127 random bits, shown once. The telephone appends the name of its file. An
answer is the settings with the SIP password; every other case looks like a missing page.
"""

import hashlib
import secrets
from datetime import timedelta
from typing import NamedTuple

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.services import audit, throttles
from accounts.services.throttles import Limit
from sipcabinet.lib import clock, phones
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.prepared import Prepared
from sipcabinet.lib.seals import InvalidToken
from subscribers.models import PhoneKind, SipLink, Subscriber
from subscribers.selectors import sip
from subscribers.services import operations
from subscribers.services.sip_accounts import SipError, account_of, require_open
from subscribers.sip import FILES, phone_files
from subscribers.switch import sip_passwords

log = structlog.get_logger(__name__)
PATH = "phones/"
LIFETIMES = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
}
MOST_LINKS = 100  # of an account, in force at once
MOST_FETCHES = 100  # of a link: a telephone asks at each start, and perhaps daily
FETCHES_AT_ONCE = 10  # of a link, within SIGN_IN_WINDOW
NAME_LENGTH = 40
# Without signs that are easily confused: somebody may type the address on the keys of a telephone.
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
_SECRET_LENGTH = 26


class NoSettingsError(Exception):
    """There is nothing under this address: a wrong secret or file, or a link that is not in force."""


class NewLink(NamedTuple):
    """A link with its base address, which nobody can find out again."""

    link: SipLink
    address: str


class PhoneFile(NamedTuple):
    """An answer to a telephone: the text holds the SIP password."""

    text: str
    mime: str


def create(*, trunk: Subscriber, kind: str, device: str, lifetime: str, by: Actor) -> NewLink:
    """Makes a link for one telephone of the trunk; the user has proved his identity. Raises SipError.

    `device` is a MAC address in any spelling, or a name. Locks the trunk. The same form sent twice makes one link.
    """
    mac, name = _device(device)
    if kind not in PhoneKind.values:
        raise SipError("phone_kind", _("Выберите телефон из списка"), "kind")
    if lifetime not in LIFETIMES:
        raise SipError("lifetime", _("Выберите срок из списка"), "lifetime")
    secret = "".join(secrets.choice(_SIGNS) for _sign in range(_SECRET_LENGTH))
    with transaction.atomic():
        trunk = operations.locked(trunk)
        require_open(trunk)
        account_of(trunk)
        if by.token and SipLink.objects.filter(token=by.token).exists():
            raise SipError("sent", _("Эта ссылка уже создана. Её адрес показан один раз; можно создать другую."))
        if live(account_id=trunk.account_id) >= MOST_LINKS:
            told = {"most": MOST_LINKS}
            raise SipError("many_links", _("Действующих ссылок уже %(most)d. Отзовите ненужные.") % told)
        link = SipLink.objects.create(
            account_id=trunk.account_id,
            trunk=trunk,
            kind=kind,
            name=name,
            mac=mac,
            secret_hash=_hash(secret),
            token=by.token or None,
            created_by=by.user,
            expires_at=clock.now() + LIFETIMES[lifetime],
        )
        _record("sip.link_made", _("Создана ссылка на настройки SIP"), link, by)
    return NewLink(link, f"{settings.SITE_URL}/{PATH}{secret}/")


def withdraw(*, link: SipLink, by: Actor) -> None:
    """Withdraws a link: from now on it gives nothing. Locks it; a second time changes nothing."""
    with transaction.atomic():
        held = SipLink.objects.select_for_update(of=("self",)).select_related("trunk__account").get(pk=link.pk)
        if held.withdrawn_at is None:
            held.withdrawn_at = clock.now()
            held.save(update_fields=["withdrawn_at"])
            _record("sip.link_withdrawn", _("Отозвана ссылка на настройки SIP"), held, by)


def fetch(*, secret: str, file_name: str, address: str) -> PhoneFile:
    """The file that a telephone asks for. Locks the link. Raises NoSettingsError, and ThrottledError for a link that
    was used FETCHES_AT_ONCE times a moment ago."""
    link = _with_maker().filter(secret_hash=_hash(secret)).first()
    if link is None or not _gives(link, file_name):
        raise NoSettingsError
    throttles.hit(Limit("sip-link", str(link.pk), FETCHES_AT_ONCE))
    with transaction.atomic():
        held = _with_maker().select_for_update(of=("self",)).select_related("trunk__account").get(pk=link.pk)
        if not _gives(held, file_name):
            raise NoSettingsError
        file = _file(held)
        held.mac = phone_files.mac_in(held.kind, file_name)
        held.fetches, held.fetched_at, held.fetched_from = held.fetches + 1, clock.now(), address
        held.save(update_fields=["mac", "fetches", "fetched_at", "fetched_from"])
        _record("sip.link_fetched", _("Телефон получил настройки SIP"), held, Actor(address=address))
    return file


def live(*, account_id: int) -> int:
    """How many links of the account are in force."""
    rows = _with_maker().filter(account_id=account_id, withdrawn_at=None, expires_at__gt=clock.now())
    return sum(is_in_force(link) for link in rows)


def live_of_trunk(trunk: Subscriber) -> int:
    """How many links in force give the settings of the trunk."""
    return sum(is_in_force(link) for link in _OPEN_OF_TRUNK.rows(trunk.pk, clock.now()))


def is_in_force(link: SipLink) -> bool:
    """Whether the link still gives settings: neither expired nor withdrawn nor used up nor disowned."""
    is_open = link.withdrawn_at is None and link.expires_at > clock.now() and link.fetches < MOST_FETCHES
    return is_open and not link.is_disowned


def _with_maker() -> QuerySet[SipLink]:
    rows = SipLink.objects.select_related("created_by__account")
    return rows.defer("created_by__password")  # staff who view the page as the customer may not read it


_OPEN_OF_TRUNK = Prepared(
    lambda trunk, moment: _with_maker().filter(trunk=trunk, withdrawn_at__isnull=True, expires_at__gt=moment), 2
)


def _gives(link: SipLink, file_name: str) -> bool:
    mac = phone_files.mac_in(link.kind, file_name)
    return bool(mac) and link.mac in {"", mac} and is_in_force(link)


def _file(link: SipLink) -> PhoneFile:
    trunk, kind = link.trunk, FILES[link.kind]
    access = sip.of(trunk.account, trunk)
    if access is None:
        raise NoSettingsError
    try:
        password = sip_passwords.password_of(account_of(trunk)) if access.parameters.registers else ""
        text = kind.render(access.parameters.with_password(password))
    except (InvalidToken, ValueError, DomainError) as fault:
        log.error("sip.link_unwritable", link_id=link.pk, error=type(fault).__name__)  # noqa: TRY400 - no values
        raise NoSettingsError from None
    return PhoneFile(text, kind.mime)


def _device(text: str) -> tuple[str, str]:
    """The MAC address and the name of a telephone, one of them empty. Raises SipError."""
    text = " ".join(text.split())
    if not text:
        raise SipError("device", _("Укажите MAC-адрес телефона или его название"), "device")
    if mac := phone_files.mac_of(text):
        return mac, ""
    if text.count(":") > 1:
        raise SipError("mac", _("MAC-адрес — это 12 знаков 0–9 и A–F, как на наклейке телефона"), "device")
    if len(text) > NAME_LENGTH or not text.isprintable():
        raise SipError("device", _("Название — не больше %(most)d знаков") % {"most": NAME_LENGTH}, "device")
    return "", text


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _record(action: str, summary: str, link: SipLink, by: Actor) -> None:
    device = link.name or phone_files.shown_mac(link.mac)
    audit.record(
        account=link.trunk.account,
        user=by.user,
        action=action,
        summary=f"{summary}, {phones.display(link.trunk.phone)}: {link.get_kind_display()} {device}",
        details={"subscriber_id": link.trunk_id, "link_id": link.pk},
        address=by.address,
    )
