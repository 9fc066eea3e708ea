"""The switch's database as Kamailio's modules read it, and how the tests of this folder send a state to it."""

import hashlib
from typing import Any

import psycopg

from subscribers.models import Provisioning, Service, Subscriber
from subscribers.switch import facts, jobs, open_numbers, provisioning
from subscribers.switch.backends import Telling
from subscribers.switch.backends.kamailio import KamailioBackend
from subscribers.tests.factories import ServiceAssignmentFactory, ServiceFactory

PHONE, NUMBER, PASSWORD, DOMAIN = "+375447112030", "+375447112031", "SipSecret23456789abc", "sip.operator.example"
TOLD_TABLES = ("subscriber", "usr_preferences", "grp", "dbaliases", "address")


class Switch:
    """Reads the database in the way of Kamailio's modules."""

    def __init__(self, url: str) -> None:
        self.url = url

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def groups(self, phone: str) -> set[str]:
        """Groups of a user, as is_user_in(…) of the module group reads them."""
        return {
            name for (name,) in self.rows("SELECT grp FROM grp WHERE username = %s AND domain = %s", phone[1:], DOMAIN)
        }

    def preferences(self, username: str) -> dict[str, list[str]]:
        """Preferences of a user, as avp_db_load(…) of the module avpops reads them."""
        found: dict[str, list[str]] = {}
        query = "SELECT attribute, value FROM usr_preferences WHERE username = %s AND domain = %s ORDER BY value"
        for attribute, value in self.rows(query, username, DOMAIN):
            found.setdefault(attribute, []).append(value)
        return found

    def hashes(self, login: str) -> list[tuple[Any, ...]]:
        """Password hashes of a user, as auth_check(…) of the module auth_db reads them."""
        return self.rows(
            "SELECT password, ha1, ha1b FROM subscriber WHERE username = %s AND domain = %s", login, DOMAIN
        )

    def may_call(self, phone: str, called: str) -> bool:
        """The rule for calls in docs/architecture.md: dp_match(375, …) first, then the groups of the caller."""
        if self.rows("SELECT 1 FROM dialplan WHERE dpid = 375 AND match_op = 1 AND %s ~ match_exp", called):
            return True
        groups = self.groups(phone)
        if groups & {"outgoing-restricted", "bar-outgoing"}:
            return False
        return "bar-international" not in groups or called.startswith("+375")

    def everything(self) -> str:
        return repr([self.rows(f"SELECT * FROM {table}") for table in (*TOLD_TABLES, "dialplan")])


def tell(*subscribers: Subscriber) -> None:
    for subscriber in subscribers:
        provisioning.want(subscriber=subscriber)
    jobs.drain()
    for subscriber in subscribers:
        row = Provisioning.objects.get(pk=subscriber.pk)
        assert (row.applied_version, row.applied) == (row.version, row.desired)


def add(subscriber: Subscriber, code: str, **parameters: Any) -> None:
    service = Service.objects.filter(code=code).first() or ServiceFactory.create(code=code)
    ServiceAssignmentFactory.create(subscriber=subscriber, service=service, parameters=parameters)


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def telling_of(subscriber: Subscriber, version: int) -> Telling:
    return Telling(subscriber.pk, version, facts.desired(subscriber), PASSWORD)


def tell_at(backend: KamailioBackend, subscriber: Subscriber, version: int) -> int:
    return backend.tell(telling_of(subscriber, version), open_numbers.today())
