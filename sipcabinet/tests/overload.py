"""A burst of visitors against a running portal: their answers, the answers that others get meanwhile, and the
connections that remain afterwards."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import psycopg

from sipcabinet.tests import load
from sipcabinet.tests.browser.portal import Portal
from sipcabinet.tests.load import Load
from sipcabinet.tests.plain_visitor import PlainVisitor

OTHERS = ("/health/", "/healthz", "/readyz", "/admin/")
CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'sipcabinet%%' AND datname = %s"
LETTER = """
INSERT INTO notifications_letter (due_at, state, attempts, last_error, created_at, kind, recipient, subject, body_text,
    body_html, sealed, message_id, tries, smtp_answer)
VALUES (now(), 'waiting', 0, '', now(), 'burst', %s, 'burst', 'burst', '<p>burst</p>', false, %s, 0, '')
"""


@dataclass
class Burst:
    """One level of the load, with its measurements."""

    visitors: int
    load: Load
    others: dict[str, Counter[int]]
    connections: int
    letters: int = 0
    most_connections: int = field(default=0)


class Crowd:
    """The portal with one signed-in customer, whose page all visitors request, and one signed-in staff user."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.customer, self.staff = PlainVisitor(portal.url), PlainVisitor(portal.url)
        login = portal.demo["logins"][0]
        self.customer.sign_in(login["phone"], login["password"])
        login = portal.demo["staff"]
        self.staff.sign_in(login["phone"], login["password"])
        self.staff.give_code(portal.one_time_code())

    def burst(self, visitors: int, seconds: float, path: str = "/") -> Burst:
        """`visitors` at once for `seconds`; each sends the next request after the answer to the former one."""
        with self._others() as others, self._letters() as recipient:
            came = self._load(visitors, seconds, path)
        burst = Burst(visitors, came, others.seen, self.connections(), most_connections=others.most_connections)
        burst.letters = len(self.portal.letters(recipient))
        return burst

    def calm(self, requests: int, path: str = "/") -> Load:
        """This number of requests by four visitors, each with one request at a time."""
        return self._load(4, 600, path, most=requests)

    def connections(self) -> int:
        """The number of connections that the portal's processes have to PostgreSQL now."""
        with psycopg.connect(self.portal.env["DATABASE_URL"]) as connection:
            row = connection.execute(CONNECTIONS, [connection.info.dbname]).fetchone()
        return int(row[0]) if row else 0

    def _load(self, visitors: int, seconds: float, path: str, most: int = 0) -> Load:
        headers = {"Cookie": self.customer.cookie}
        return load.run(self.portal.url + path, visitors=visitors, seconds=seconds, headers=headers, most=most)

    @contextmanager
    def _others(self) -> Iterator["Others"]:
        others = Others(self)
        others.start()
        try:
            yield others
        finally:
            others.over.set()
            others.join()

    @contextmanager
    def _letters(self) -> Iterator[str]:
        """Queues one letter per second for the worker while the block runs; yields the letters' recipient."""
        recipient, over = f"burst-{uuid4().hex}@customer.example", threading.Event()

        def queue() -> None:
            with psycopg.connect(self.portal.env["DATABASE_URL"], autocommit=True) as connection:
                while not over.wait(1):
                    connection.execute(LETTER, [recipient, f"<{uuid4().hex}@burst>"])

        thread = threading.Thread(target=queue)
        thread.start()
        try:
            yield recipient
        finally:
            over.set()
            thread.join()
            time.sleep(3)  # time for the last letter to arrive


class Others(threading.Thread):
    """Other requests during the burst: of the load balancer, of monitoring, and of staff at the desk."""

    def __init__(self, crowd: Crowd) -> None:
        super().__init__()
        self.over = threading.Event()
        self.seen: dict[str, Counter[int]] = {path: Counter() for path in OTHERS}
        self.most_connections = 0
        self._crowd = crowd

    def run(self) -> None:
        while not self.over.wait(0.3):
            for path, statuses in self.seen.items():
                statuses[self._crowd.staff.status(path)] += 1
            self.most_connections = max(self.most_connections, self._crowd.connections())
