"""Links for telephones, as the customer's page lists them (3.4)."""

from dataclasses import dataclass

from accounts.models import Account
from sipcabinet.lib import clock, tenancy
from sipcabinet.lib.prepared import Prepared
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
    rows = _NEWEST.rows(account.pk, trunk.pk)
    return [LinkRow(row, _device(row), _state(row, most_fetches)) for row in rows]


_NEWEST = Prepared(
    lambda account, trunk: (
        tenancy.of(account)
        .rows(SipLink)
        .filter(trunk=trunk)
        .select_related("created_by__account")
        .defer("created_by__password")  # no page of a customer may read that
        .order_by("-pk")[:NEWEST]
    ),
    2,
)


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
