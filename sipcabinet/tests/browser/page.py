"""A page that tests look at: its name, who opens it, and its path with values of the demo operator."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from billing.selectors import payments
from sipcabinet.lib import clock
from sipcabinet.lib.periods import Month
from sipcabinet.tests.browser.portal import Portal

Who = Literal["nobody", "owner", "staff", "viewer"]


@dataclass(frozen=True)
class Page:
    """`name` is the URL's name and, after a space, the state of the page; `status` is the expected HTTP status.

    A `viewer` is a person of the staff who views the first customer's account (4.9).
    """

    name: str
    who: Who
    path: Callable[[Portal], str]
    status: int = 200

    @property
    def url_name(self) -> str:
        return self.name.split()[0]

    @property
    def file_name(self) -> str:
        return self.name.replace(":", "-").replace(" ", "-")


def fixed(path: str) -> Callable[[Portal], str]:
    return lambda _portal: path


OWN = "account_id = (SELECT account_id FROM accounts_user WHERE phone = '{phone}')"


def found(path: str, sql: str) -> Callable[[Portal], str]:
    """A path with a value of the demo operator, found by SQL; OWN stands for the first customer's account."""

    def of(portal: Portal) -> str:
        phone = re.sub(r"[ -]", "", portal.demo["logins"][0]["phone"])
        row = portal.query(sql.format(own=OWN.format(phone=phone)))
        if row is None:
            raise LookupError(f"the demo operator has nothing for {path}")
        return path.format(quote(str(row), safe="/?=&"))

    return of


ACCOUNT = "SELECT account_id FROM accounts_user WHERE {own}"
TRUNK = "SELECT id FROM subscribers_subscriber WHERE kind = 'trunk' AND {own} ORDER BY id"
# Links of telephones in each state; the trunk that has them.
PHONE_LINKS = """
WITH trunk AS (SELECT id, account_id FROM subscribers_subscriber WHERE kind = 'trunk' AND {own} ORDER BY id LIMIT 1),
links AS (
    INSERT INTO subscribers_siplink (account_id, trunk_id, kind, name, mac, secret_hash, created_at, expires_at,
        withdrawn_at, fetches, fetched_at, fetched_from)
    SELECT account_id, trunk.id, kind, name, mac, secret_hash, now(), now() + term::interval,
        CASE WHEN fetches = 3 THEN now() END, fetches, CASE WHEN fetches > 0 THEN now() END,
        CASE WHEN fetches > 0 THEN inet '203.0.113.17' END
    FROM trunk, (VALUES
        ('yealink', 'Приёмная', '', 'a', '7 days', 0), ('grandstream', '', '001565abcdef', 'b', '1 day', 12),
        ('fanvil', 'Склад, второй этаж', '0c383e07e16c', 'c', '-1 day', 1),
        ('yealink', '', '001565000001', 'd', '1 day', 3), ('yealink', '', '001565000002', 'e', '30 days', 100)
    ) AS made (kind, name, mac, secret_hash, term, fetches)
    ON CONFLICT DO NOTHING
)
SELECT id FROM trunk
"""
# A transfer to the switch that is under way; the page shows it if the portal has a switch.
TRANSFER = """
WITH former AS (UPDATE subscribers_switchtransfer SET state = 'done' WHERE state = 'waiting')
INSERT INTO subscribers_switchtransfer (due_at, state, attempts, last_error, created_at, switch, reason, total, passed,
    changed, failed, position, round, faults, began_at)
SELECT now() + interval '1 day', 'done', 1, '', now(), 'kamailio 10.20.30.40:5432/kamailio md5', 'База восстановлена',
    1200, 480, 476, 1, 0, 1, jsonb_build_array(jsonb_build_object('subscriber', min(id), 'reason', 'password')),
    now() - interval '3 minutes' FROM subscribers_subscriber RETURNING id
"""
NUMBER = "SELECT id FROM subscribers_subscriber WHERE kind = 'number' AND {own} ORDER BY id"
ORDER = (
    "SELECT number FROM billing_documentorder o JOIN billing_orderletter t ON t.order_id = o.id"
    " JOIN notifications_letter l ON l.id = t.letter_id WHERE l.state = '{letter}' AND o.{own} ORDER BY o.id"
)
UNDELIVERED = "SELECT id FROM notifications_letter ORDER BY state = 'refused' DESC, id DESC"
GUARANTEE = "SELECT number FROM billing_paymentguarantee WHERE {own} ORDER BY id"
PAPER = "SELECT id FROM accounts_writtenapplication WHERE kind = '{}' ORDER BY (state = 'received') DESC, id"
OPERATION = (
    "SELECT '/subscribers/' || subscriber_id || '/operations/' || id || '/' FROM subscribers_operation"
    " WHERE {own} ORDER BY id"
)
# The URL of a step of the wizard of services, for a trunk and the services with these codes.
SERVICES = (
    "SELECT '/subscribers/' || ({trunk}) || '/services/{step}/?services=' || string_agg(id::text, '&services=')"
    " FROM subscribers_service WHERE code IN ({codes})"
)
SET = (
    "SELECT '/subscribers/' || subscriber_id || '/services/' || service_id || '/' FROM subscribers_serviceassignment"
    " WHERE {own} AND ended_at IS NULL AND parameters ? 'numbers' ORDER BY id"
)
INVOICE = "SELECT number FROM billing_invoice WHERE {own} ORDER BY month DESC"
# The most expensive line of calls in the newest invoice that has such a line.
INVOICE_LINE = (
    "SELECT '/invoices/' || i.number || '/lines/calls/' || c.key || '/' FROM billing_invoice i"
    " JOIN subscribers_charge c ON c.closing_id = i.closing_id AND c.kind = 'calls' AND c.late_of IS NULL"
    " WHERE i.{own} ORDER BY i.month DESC, c.net DESC"
)
OF_SUBSCRIBER = "subscribers/<int:pk>/"  # how routes of a subscriber's pages begin
THIS_MONTH = Month.current().code
LOCKED = "SELECT subscriber_id FROM subscribers_channelassignment WHERE locked_until > now() AND {own}"
CHANNELS = (
    "SELECT '/subscribers/' || s.id || '/channels/change/' || p.id || '/' FROM subscribers_subscriber s,"
    " subscribers_channelpackage p WHERE s.kind = 'trunk' AND s.{own} AND p.channels = 30 ORDER BY s.id"
)
LAST_MONTH = Month.current().shift(-1).code
TODAY, YEAR_AGO = clock.today(), payments.earliest()
LONG_AGO = Month.current().shift(-6).code
