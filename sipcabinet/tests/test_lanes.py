"""The bounds of a web process: which requests are worked on, wait or are refused, and which lanes stay free."""

import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings
from django.urls import get_resolver

from sipcabinet.lib.lanes import BUSY, PAUSE_SECONDS, TOO_LARGE, Environ, Lane, Lanes, StartResponse
from sipcabinet.site import lanes as portal_lanes
from sipcabinet.tests.browser.pages import UNSEEN

WAIT_SECONDS = 0.3


class Held:
    """An application whose requests wait for `go`; each answer contains the name of its thread."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun: list[str] = []

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        self.begun.append(environ["PATH_INFO"])
        if environ["PATH_INFO"] != "/health/":
            self.go.wait(10)
        start_response("200 OK", [])
        return Answer([threading.current_thread().name.encode(), environ["wsgi.input"].read()])


class Answer:
    """An answer like Django's: an iterable that must be closed."""

    streaming = False

    def __init__(self, parts: Iterable[bytes]) -> None:
        self.parts, self.closed_in = parts, ""

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.parts)

    def close(self) -> None:
        self.closed_in = threading.current_thread().name


def lane(name: str = "pages", pattern: str = "", **bounds: Any) -> Lane:
    usual = {"threads": 2, "room": 2, "wait_seconds": WAIT_SECONDS}
    return Lane(name, pattern=re.compile(pattern), **{**usual, **bounds})


def refuse(status: int) -> Callable[[Environ, StartResponse], Iterable[bytes]]:
    def application(_environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response(f"{status} Refused", [])
        return [b""]

    return application


def ask(application: Lanes, path: str = "/", body: bytes = b"", **headers: str) -> tuple[int, bytes]:
    told: list[int] = []
    environ = {"PATH_INFO": path, "wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body)), **headers}
    answer = application(environ, lambda line, *_: told.append(int(line[:3])))
    return told[-1], b"".join(answer)


def wait_for(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_so_many_are_worked_on_the_rest_waits_then_is_refused() -> None:
    held = Held()
    application = Lanes(held, [lane()], refuse)
    with ThreadPoolExecutor(10) as visitors:
        first = [visitors.submit(ask, application) for _ in range(2)]
        wait_for(lambda: len(held.begun) == 2)
        began = time.monotonic()
        waiting = [visitors.submit(ask, application) for _ in range(2)]
        assert [visit.result()[0] for visit in waiting] == [BUSY, BUSY]
        assert WAIT_SECONDS <= time.monotonic() - began < WAIT_SECONDS + 2
        held.go.set()
        assert {visit.result()[0] for visit in first} == {200}
    assert len(held.begun) == 2  # refused requests were never begun


def test_past_the_waiting_room_the_answer_comes_at_once() -> None:
    held = Held()
    application = Lanes(held, [lane(wait_seconds=30)], refuse)
    with ThreadPoolExecutor(10) as visitors:
        inside = [visitors.submit(ask, application) for _ in range(4)]
        wait_for(lambda: len(held.begun) == 2)
        time.sleep(0.05)
        began = time.monotonic()
        assert ask(application)[0] == BUSY
        assert PAUSE_SECONDS <= time.monotonic() - began < 1
        held.go.set()
        assert {visit.result()[0] for visit in inside} == {200}


def test_without_lanes_everything_begins() -> None:
    """Shows the fault that the lanes prevent."""
    held = Held()
    with ThreadPoolExecutor(20) as visitors:
        for _ in range(20):
            visitors.submit(held, {"PATH_INFO": "/", "wsgi.input": BytesIO()}, lambda *_: None)
        wait_for(lambda: len(held.begun) == 20)
        held.go.set()


def test_a_full_lane_takes_nothing_from_another() -> None:
    held = Held()
    application = Lanes(held, [lane("health", "^/health/"), lane(wait_seconds=30)], refuse)
    with ThreadPoolExecutor(4) as visitors:
        pages = [visitors.submit(ask, application) for _ in range(4)]
        wait_for(lambda: len(held.begun) == 2)
        assert ask(application, "/health/")[0] == 200
        held.go.set()
        assert {visit.result()[0] for visit in pages} == {200}


def test_who_waits_gets_the_first_thread_that_is_free() -> None:
    held = Held()
    application = Lanes(held, [lane(threads=1, wait_seconds=10)], refuse)
    with ThreadPoolExecutor(2) as visitors:
        both = [visitors.submit(ask, application) for _ in range(2)]
        wait_for(lambda: len(held.begun) == 1)
        held.go.set()
        assert {visit.result() for visit in both} == {(200, b"pages_0")}


def test_a_lanes_threads_are_few_and_stay() -> None:
    application = Lanes(free := Held(), [lane(threads=3)], refuse)
    free.go.set()
    with ThreadPoolExecutor(4) as visitors:
        names = {visit.result()[1] for visit in [visitors.submit(ask, application) for _ in range(200)]}
    assert names <= {b"pages_0", b"pages_1", b"pages_2"}


def test_a_page_is_closed_in_the_thread_that_made_it() -> None:
    answer = Answer([b"page"])
    application = Lanes(lambda _environ, start: start("200 OK", []) or answer, [lane()], refuse)
    assert ask(application) == (200, b"page")
    assert answer.closed_in.startswith("pages_")


def test_files_under_way_are_bounded() -> None:
    answers = [Answer([b"file"]) for _ in range(3)]
    for answer in answers:
        answer.streaming = True
    left = list(answers)
    application = Lanes(lambda _environ, start: start("200 OK", []) or left.pop(0), [lane(files=1)], refuse)
    told: list[str] = []
    slow: Any = application({"PATH_INFO": "/", "CONTENT_LENGTH": "0"}, lambda line, *_: told.append(line))
    assert ask(application)[0] == BUSY
    assert answers[1].closed_in  # the answer was closed
    assert b"".join(slow) == b"file"
    slow.close()
    assert answers[0].closed_in
    assert ask(application) == (200, b"file")


def test_a_body_is_read_before_a_thread_of_the_lane_begins() -> None:
    held = Held()
    held.go.set()
    application = Lanes(held, [lane()], refuse)
    assert ask(application, body=b"form")[1].endswith(b"form")
    large = b"x" * 600_000  # large enough for a temporary file
    assert ask(application, body=large)[1].endswith(large)


def test_slow_bodies_are_bounded_and_stop_no_page() -> None:
    held, slow = Held(), threading.Event()
    held.go.set()

    class Slow:
        def read(self, _size: int) -> bytes:
            slow.wait(10)
            return b""

    application = Lanes(held, [lane(bodies=1)], refuse)
    with ThreadPoolExecutor(1) as visitors:
        environ = {"PATH_INFO": "/", "wsgi.input": Slow(), "CONTENT_LENGTH": "4"}
        one = visitors.submit(lambda: application(environ, lambda *_: None))
        time.sleep(0.05)
        assert ask(application, body=b"form")[0] == BUSY
        assert ask(application)[0] == 200
        slow.set()
        one.result()


@pytest.mark.parametrize("length", ["11", "9" * 5000, None])
def test_too_large_a_body_is_refused(length: str | None) -> None:
    held = Held()
    application = Lanes(held, [lane(largest_body=10)], refuse)
    told: dict[str, str] = (
        {"CONTENT_LENGTH": length} if length else {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
    )
    assert ask(application, body=b"x" * 11, **told)[0] == TOO_LARGE
    assert held.begun == []


def test_the_portals_refusal_needs_no_database(django_assert_num_queries: Any) -> None:
    def never(_environ: Environ, _start: StartResponse) -> Iterable[bytes]:
        raise AssertionError

    found: dict[str, Any] = {}
    with override_settings(WEB_THREADS={"pages": 1, "documents": 1, "desk": 1, "room": -1}):
        application = portal_lanes.behind_lanes(never)
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/",
        "wsgi.input": BytesIO(),
        "HTTP_COOKIE": "session=x; theme=dark",
    }
    with ThreadPoolExecutor(1):
        body = b"".join(application(environ, lambda line, headers, *_: found.update(line=line, **dict(headers))))
    assert connection.connection is None or not connection.in_atomic_block
    assert found["line"] == "503 Service Unavailable"
    assert int(found["Retry-After"]) > 0
    assert "default-src 'none'" in found["Content-Security-Policy"]
    assert found["Cache-Control"] == "no-store"
    assert found["X-Request-Id"].encode() in body
    assert "Кабинет временно недоступен" in body.decode()


def _lane_of(path: str) -> str:
    return next(lane.name for lane in portal_lanes.lanes() if lane.pattern.search(path))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", "pages"),
        ("/subscribers/1/calls/", "pages"),
        ("/health/", "health"),
        ("/healthz", "alive"),
        ("/readyz", "health"),
        ("/static/css/portal.css", "static"),
        ("/admin/", "desk"),
        ("/admin/billing/invoice/1/change/", "desk"),
        ("/subscribers/1/calls/export/", "documents"),
        ("/invoices/С-2026-000001/files/act/", "documents"),
        ("/d/invoice/token/", "documents"),
        ("/orders/З-2026-000001/file/", "documents"),
        ("/subscribers/1/minutes/application/pdf/", "documents"),
        ("/documents/invoice-by-email/", "pages"),
    ],
)
def test_which_lane_takes_what(path: str, expected: str) -> None:
    assert _lane_of(path) == expected


def outside_documents(names: Iterable[str]) -> list[str]:
    """Messages about those of these URLs that another lane would take."""
    routes = {name: "/" + re.sub(r"%\(\w+\)s", "1", found[0][0][0]) for name, found in _named_routes().items()}
    return [
        f"{name}: {routes[name]} is not in the lane of documents (sipcabinet/site/lanes.py)"
        for name in names
        if _lane_of(routes[name]) != "documents"
    ]


def test_what_pages_call_a_file_has_the_documents_lane() -> None:
    files = [name for name, why in UNSEEN.items() if why == "a file"]
    assert len(files) > 5
    assert outside_documents(files) == []


def test_a_page_is_not_in_the_documents_lane() -> None:
    assert outside_documents(["subscribers:minutes", "billing:order_file"]) == [
        "subscribers:minutes: /subscribers/1/minutes/ is not in the lane of documents (sipcabinet/site/lanes.py)"
    ]


def test_every_address_of_a_file_has_the_documents_lane() -> None:
    """Recognises URLs of files by their names, so that the author of a new one learns that it needs the lane."""
    words = ("export", "file", "pdf", "download", "application_pdf")
    for name, (routes, *_rest) in _named_routes().items():
        path = "/" + re.sub(r"%\(\w+\)s", "1", routes[0][0])
        expected = name.endswith(words) and "labels" not in name
        if expected and not path.startswith("/admin/"):
            assert _lane_of(path) == "documents", (name, path)


def _named_routes() -> dict[str, Any]:
    found: dict[str, Any] = {}
    namespaces: Any = get_resolver().namespace_dict
    for namespace, (prefix, resolver) in namespaces.items():
        for name in resolver.reverse_dict:
            if isinstance(name, str):
                routes, *rest = resolver.reverse_dict[name]
                found[f"{namespace}:{name}"] = ([(prefix + routes[0][0], routes[0][1])], *rest)
    return found


def test_the_server_has_threads_for_all_lanes() -> None:
    assert portal_lanes.server_threads() > sum(lane.threads + lane.room for lane in portal_lanes.lanes())
    assert portal_lanes.server_threads() < settings.WEB_CONNECTIONS
