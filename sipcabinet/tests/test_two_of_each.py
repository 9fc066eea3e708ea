"""Two web servers and two workers share one database, as docs/scaling.md tells: a session of one holds at the other,
each letter is sent once, and what one leaves unfinished the other finishes."""

from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from sipcabinet.tests.browser.portal import Portal, running_portal
from sipcabinet.tests.plain_visitor import PlainVisitor
from sipcabinet.tests.processes import HOST, Processes, Valkey, free_port, until

pytestmark = [pytest.mark.full, pytest.mark.alone]
LETTERS = 60
WRITE = """
INSERT INTO notifications_letter (due_at, state, attempts, last_error, created_at, kind, recipient, subject, body_text,
    body_html, sealed, message_id, tries, smtp_answer)
SELECT now(), 'waiting', 0, '', now(), 'burst', n || '@two.example', 'two', 'two', '<p>two</p>', false,
    n || '.two@two.example', 0, ''
FROM generate_series(1, %s) n
"""
# Letters that the mail server may have got from the killed worker, which could not say so.
UNKNOWN = """
SELECT string_agg(recipient, ' ') FROM notifications_letter
WHERE kind = 'burst' AND state = 'waiting' AND claim_token IS NOT NULL
"""
SENT = "SELECT count(*) FROM notifications_letter WHERE kind = 'burst' AND state = 'done'"


def second_web(portal: Portal) -> str:
    """Starts another web server of this portal; returns its URL."""
    url = f"http://{HOST}:{free_port()}"
    portal.start("web-2", "sipcabinet.serve", "--host", HOST, "--port", str(urlsplit(url).port))
    until(lambda: PlainVisitor(url).status("/readyz") == 200, seconds=60, what="the second web server answers")
    return url


def received(portal: Portal) -> Counter[str]:
    return Counter(str(letter["To"]) for letter in portal.letters("@two.example"))


def test_two_web_servers_and_two_workers_on_one_database(tmp_path: Path) -> None:
    with Processes(tmp_path, {}) as own:
        valkey = Valkey(own)
        valkey.start()
        with running_portal(tmp_path, redis=valkey.url, calls=100, LETTER_DEADLINE_SECONDS="5") as portal:
            url = second_web(portal)
            portal.processes.start_worker(name="worker-2")
            login = portal.demo["logins"][0]
            visitor = PlainVisitor(portal.url)
            visitor.sign_in(login["phone"], login["password"])
            visitor.url = url  # the browser sends its cookies to every port of a host
            assert [visitor.landed(path) for path in ("/", "/subscribers/")] == [f"{url}/", f"{url}/subscribers/"]

            with psycopg.connect(portal.env["DATABASE_URL"]) as owner:
                owner.execute(WRITE, [LETTERS])
            until(lambda: int(portal.query(SENT)) >= LETTERS // 6, seconds=60, what="both workers send")
            portal.processes.kill("worker")
            unknown = set(str(portal.query(UNKNOWN) or "").split())
            portal.processes.kill("web")
            assert visitor.landed("/") == f"{url}/"
            until(lambda: int(portal.query(SENT)) == LETTERS, seconds=90, what="the other worker sends the rest")
            copies = received(portal)
            assert len(copies) == LETTERS
            assert {name for name, count in copies.items() if count > 1} <= unknown
            assert max(copies.values()) <= 2
