"""Links for telephones, as the customer's page lists them (3.4)."""

from dataclasses import dataclass

from accounts.models import Account
from sipcabinet.lib import clock, tenancy
from subscribers.models import SipLink, Subscriber
from subscribers.sip import phone_files

NEWEST = 50


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link with its telephone and its state: `live`, `used` (up), `expired`, `withdrawn` or `disowned`."""

    link: SipLink
    device: str
    state: str


def of_trunk(account: Account, trunk: Subscriber, *, most_fetches: int) -> list[LinkRow]:
    """The newest links of a trunk; `most_fetches` of each use it up."""
    rows = tenancy.of(account).rows(SipLink).filter(trunk=trunk).select_related("created_by__account")
    rows = rows.defer("created_by__password").order_by("-pk")[:NEWEST]  # no page of a customer may read that
    return [LinkRow(row, _device(row), _state(row, most_fetches)) for row in rows]


def _device(link: SipLink) -> str:
    return ", ".join(filter(None, [link.name, phone_files.shown_mac(link.mac)]))


def _state(link: SipLink, most_fetches: int) -> str:
    if link.withdrawn_at:
        return "withdrawn"
    if link.expires_at <= clock.now():
        return "expired"
    if link.is_disowned:
        return "disowned"
    return "used" if link.fetches >= most_fetches else "live"
