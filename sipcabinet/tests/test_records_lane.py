"""The lane of call records: the body of a stranger is not read, a slow one is ended (4.4)."""

import base64
import re
import time
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from structlog.testing import capture_logs

from accounts.actor import PORTAL
from sipcabinet.lib.lanes import TOO_SLOW, Environ, Lanes, StartResponse
from sipcabinet.site import lanes as portal_lanes
from subscribers.models import CallSource
from subscribers.services import call_intake

pytestmark = pytest.mark.django_db
URL = "/calls/records/fs-1/"


@pytest.fixture
def secret() -> str:
    source = CallSource.objects.create(name="fs-1", kind="http", format="fs-json")
    return call_intake.new_secret(source=source, by=PORTAL)


def basic(secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"fs-1:{secret}".encode()).decode()}


class Slow(BytesIO):
    """A body that arrives in small pieces; `read_bytes` counts what was taken."""

    read_bytes = 0

    def read(self, size: int | None = -1) -> bytes:
        time.sleep(0.02)
        data = super().read(min(size or 0, 16))
        self.read_bytes += len(data)
        return data


def asked(body: Slow, headers: dict[str, str], **bounds: Any) -> int:
    (lane,) = [one for one in portal_lanes.lanes() if one.name == "records"]
    told: list[int] = []

    def admit(environ: Environ) -> int:
        assert lane.admit is not None
        try:
            return lane.admit(environ)
        finally:
            connection.close()

    def answered(_environ: Environ, start: StartResponse) -> Any:
        start("200 OK", [])
        return BytesIO()

    def refuse(status: int) -> Any:
        return lambda _environ, start: [start(f"{status} Refused", []) or b""]

    terms: dict[str, Any] = {"admit": admit, "body_seconds": lane.body_seconds} | bounds
    lanes = Lanes(answered, [replace(lane, pattern=re.compile(""), **terms)], refuse)
    environ = {"PATH_INFO": URL, "wsgi.input": body, "CONTENT_LENGTH": str(len(body.getvalue()))}
    keys = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    list(lanes(environ | keys, lambda line, *_rest: told.append(int(line[:3]))))
    return told[-1]


@pytest.mark.django_db(transaction=True)
def test_the_body_of_a_stranger_is_never_read(secret: str) -> None:
    body = Slow(b"{}" * 400)
    assert asked(body, basic("wrong")) == 401
    assert asked(body, {}) == 401
    assert body.read_bytes == 0
    assert asked(Slow(b"{}"), basic(secret)) == 200


@pytest.mark.django_db(transaction=True)
def test_a_stranger_is_asked_for_the_secret_and_counted_in_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that waits for the question would never send its password; the log tells of guesses."""
    told: dict[str, str] = {}
    (lane,) = [one for one in portal_lanes.lanes() if one.name == "records"]
    monkeypatch.setattr(portal_lanes, "lanes", lambda: [replace(lane, admit=lambda _environ: 401)])
    wanted = {"PATH_INFO": URL, "wsgi.input": BytesIO(), "CONTENT_LENGTH": "2", "REQUEST_METHOD": "POST"}

    def start(line: str, headers: list[tuple[str, str]], *_rest: Any) -> None:
        told.update(headers, line=line)

    with capture_logs() as events:
        list(portal_lanes.behind_lanes(lambda *_told: [])(wanted, start))
    assert told["line"].startswith("401")
    assert told["WWW-Authenticate"] == 'Basic realm="call records"'
    assert events == [{"event": "lanes.refused", "lane": "records", "count": 1, "log_level": "warning"}]


def test_a_slow_body_is_ended() -> None:
    body = Slow(b"x" * 100_000)
    began = time.monotonic()
    assert asked(body, {}, admit=None, body_seconds=0.2) == TOO_SLOW
    assert time.monotonic() - began < 3
    assert 0 < body.read_bytes < 10_000
