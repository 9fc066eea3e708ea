"""Records over HTTP: stored before the answer; what is unsigned, replayed, oversized or slow leaves nothing (4.4)."""

import base64
import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from cryptography.fernet import Fernet
from django.test import Client, override_settings

from accounts.actor import PORTAL
from accounts.models import AuditEvent
from subscribers.calls import imports, partitions, received
from subscribers.models import CallDirection, CallImport, CallRecord, CallReject, CallSource, ReceivedRecord
from subscribers.services import call_intake
from subscribers.switch import sip_rotation
from subscribers.tests.price_list import cast

pytestmark = pytest.mark.django_db
RECORD: dict[str, Any] = json.loads(
    (Path(__file__).parent / "files/fs-json.json").read_text(encoding="utf-8").splitlines()[0]
)
URL = "/calls/records/fs-1/"
JSON = "application/json"


@pytest.fixture(autouse=True)
def _prepared(at: Callable[[str], Any]) -> None:
    at("2026-10-20 12:00")
    partitions.open_ahead()
    cast()


@pytest.fixture
def source(_prepared: None) -> CallSource:
    return CallSource.objects.create(name="fs-1", kind="http", format="fs-json")


@pytest.fixture
def secret(source: CallSource) -> str:
    return call_intake.new_secret(source=source, by=PORTAL)


def text(**variables: Any) -> str:
    return json.dumps(RECORD | {"variables": RECORD["variables"] | variables})


def basic(secret: str, name: str = "fs-1") -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


def signed(secret: str, body: bytes, *, at: float | None = None, name: str = "fs-1") -> dict[str, str]:
    stamp, digest = str(int(time.time() if at is None else at)), hashlib.sha256(body).hexdigest()
    signature = call_intake.signature_of(name=name, secret=secret, stamp=stamp, sha256=digest)
    return {"X-Timestamp": stamp, "X-Content-SHA256": digest, "X-Signature": signature}


def send(body: str | bytes, headers: dict[str, str], *, content_type: str = JSON, url: str = URL) -> Any:
    return Client().post(url, body, content_type=content_type, headers=headers)


def stored() -> int:
    return ReceivedRecord.objects.count()


def gathered() -> CallImport:
    assert received.gather() == 1
    imports.drain()
    return CallImport.objects.latest("pk")


# --- What is taken ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content_type", "packed"),
    [
        (JSON, lambda body: body),
        ("application/json; charset=utf-8", lambda body: body),
        ("application/x-www-form-urlencoded", lambda body: f"cdr={quote(body, safe='')}"),
        ("application/x-www-form-base64-encoded", lambda body: f"cdr={base64.b64encode(body.encode()).decode()}"),
    ],
)
def test_every_encoding_of_mod_json_cdr_becomes_a_call(
    secret: str, content_type: str, packed: Callable[[str], str]
) -> None:
    answer = send(packed(text()), basic(secret), content_type=content_type, url=f"{URL}?uuid=7b1c2a90")
    assert (answer.status_code, answer.json()) == (200, {"stored": True, "new": True})
    assert not CallRecord.objects.exists()
    job = gathered()
    assert (job.read_count, job.new_count) == (1, 1)
    call = CallRecord.objects.get(direction=CallDirection.OUT)
    assert (call.talk_seconds, call.call_id) == (60, RECORD["variables"]["uuid"])
    assert received.gather() == 0


def test_a_switch_that_tries_again_is_answered_and_counts_once(secret: str) -> None:
    answers = [send(text(), basic(secret)).json() for _ in range(2)]
    assert [one["new"] for one in answers] == [True, False]
    gathered()
    assert send(text(), basic(secret)).json()["new"] is False
    assert received.gather() == 0
    assert CallRecord.objects.filter(direction=CallDirection.OUT).count() == 1


def test_a_signed_request_is_taken(secret: str) -> None:
    body = text().encode()
    assert send(body, signed(secret, body)).json() == {"stored": True, "new": True}


def test_a_record_that_cannot_be_counted_is_stored_and_rejected_with_its_reason(secret: str) -> None:
    assert send(text(start_epoch="never"), basic(secret)).status_code == 200
    job = gathered()
    assert (job.read_count, job.new_count, job.duplicate_count, job.rejected_count) == (1, 0, 0, 1)
    assert CallReject.objects.get().code == "bad_stamp"


@pytest.mark.parametrize("value", ["7%00", "%ED%A0%80", "\ud800", "9" * 5_000, "9" * 300_000])
def test_no_value_of_a_record_stops_the_records_with_it(secret: str, value: str) -> None:
    """A NUL in the reason of a rejected record would end the import, each time it is tried again."""
    assert send(text(), basic(secret)).status_code == 200
    names = ("start_epoch", "answer_epoch", "duration", "destination_number", "caller_id_number", "uuid", "accountcode")
    for name in names:
        assert send(text(**{name: value}), basic(secret)).status_code == 200
    job = gathered()
    assert (job.state, job.read_count) == ("done", 1 + len(names))
    assert job.new_count >= 1


def test_only_what_is_read_of_a_record_is_kept(secret: str) -> None:
    send(text(sip_h_password="hunter2"), basic(secret))
    assert "hunter2" not in ReceivedRecord.objects.get().body


def test_taken_records_go_after_a_week_and_waiting_ones_stay(secret: str, at: Callable[[str], Any]) -> None:
    send(text(), basic(secret))
    gathered()
    send(text(uuid="7b1c2a90-0000-4000-8000-000000000077"), basic(secret))
    assert received.let_go() == 0
    at("2026-10-28 12:00")
    assert received.let_go() == 1
    assert stored() == 1


# --- The hostile set -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Basic"},
        {"Authorization": "Basic ###"},
        {"Authorization": "Bearer x"},
        {"Authorization": "Basic " + base64.b64encode(b"\xff\xfe:x").decode()},
        basic("wrong"),
        basic(""),
        {"X-Signature": "0" * 64},
        {"X-Signature": "0" * 64, "X-Timestamp": "1", "X-Content-SHA256": "0" * 64},
        {"X-Signature": "ё", "X-Timestamp": "9" * 12, "X-Content-SHA256": "0" * 64},
    ],
)
def test_without_the_secret_nothing_is_stored(secret: str, headers: dict[str, str]) -> None:
    answer = send(text(), headers)
    assert answer.status_code == 401
    assert "WWW-Authenticate" in answer.headers
    assert stored() == 0


def test_the_secret_of_another_source_an_unknown_one_and_a_former_secret_are_refused(
    secret: str, source: CallSource
) -> None:
    other = CallSource.objects.create(name="fs-2", kind="http", format="fs-json")
    theirs = call_intake.new_secret(source=other, by=PORTAL)
    assert send(text(), basic(theirs)).status_code == 401
    assert send(text(), basic(theirs, "fs-2")).status_code == 401  # another name in the address
    assert send(text(), basic(secret), url="/calls/records/nobody/").status_code == 401
    call_intake.new_secret(source=source, by=PORTAL)
    assert send(text(), basic(secret)).status_code == 401
    CallSource.objects.filter(pk=other.pk).update(kind="files")
    assert send(text(), basic(theirs, "fs-2"), url="/calls/records/fs-2/").status_code == 401
    assert stored() == 0


def test_a_replayed_signature_is_refused(secret: str) -> None:
    body = text().encode()
    headers = signed(secret, body)
    assert send(body, headers).status_code == 200
    assert send(body, headers).status_code == 409
    assert send(body, signed(secret, body, at=time.time() - 1)).json()["new"] is False  # signed again: a second try
    assert stored() == 1


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "APPLICATION/X-WWW-Form-Base64-encoded ;a=b"]
)
@pytest.mark.parametrize("is_known", [True, False])
def test_a_signed_body_sent_as_another_type_is_no_other_record(secret: str, content_type: str, is_known: bool) -> None:
    """A form field in the text of a record would be read as a record that nobody signed."""
    field = quote(text(uuid="7b1c2a90-0000-4000-8000-000000000066", billsec="1"), safe="")
    coded = base64.b64encode(b'{"variables": {}}').decode()
    body = json.dumps(RECORD | {"note": f"&cdr={coded if 'ase64' in content_type else field}&"}).encode()
    headers = signed(secret, body)
    if is_known:
        assert send(body, headers).status_code == 200
    assert send(body, headers, content_type=content_type).status_code == 415
    assert send(body, headers, content_type="text/plain").status_code == (409 if is_known else 200)
    assert stored() == 1


@pytest.mark.parametrize("late", [-3_600, 3_600])
def test_an_old_or_early_signature_is_refused(secret: str, late: int) -> None:
    body = text().encode()
    assert send(body, signed(secret, body, at=time.time() + late)).status_code == 401
    assert stored() == 0


def test_a_signature_holds_for_its_body_and_its_source_alone(secret: str) -> None:
    body = text().encode()
    headers = signed(secret, body)
    assert send(text(billsec="1").encode(), headers).status_code == 400
    assert send(body, signed(secret, body, name="fs-2")).status_code == 401
    assert send(body, headers | {"X-Content-SHA256": "1" * 64}).status_code == 401
    assert stored() == 0


@pytest.mark.parametrize(
    "body",
    [b"", b"{}x", b"[]", b"null", b"{", b'{"a": "\xff"}', b"cdr={}", b'{"a":' * 40_000, b"\0", b"x" * 1000],
)
def test_what_is_no_record_is_refused(secret: str, body: bytes) -> None:
    assert send(body, basic(secret)).status_code == 400
    assert stored() == 0


def test_an_oversized_record_is_refused_without_being_read(secret: str) -> None:
    body = json.dumps(RECORD | {"app_log": "x" * call_intake.MOST_BYTES})
    assert send(body, basic(secret)).status_code == 413
    assert stored() == 0


def test_only_a_post_is_answered(secret: str) -> None:
    for method in ("get", "put", "delete", "patch"):
        assert getattr(Client(), method)(URL, headers=basic(secret)).status_code == 405


# --- The secret ------------------------------------------------------------------------------------------------------
def test_a_secret_is_sealed_in_the_journal_without_itself_and_rotated_with_the_keys(
    secret: str, source: CallSource, settings: Any
) -> None:
    source.refresh_from_db()
    assert secret not in source.secret
    event = AuditEvent.objects.get(action="callsource.secret_made")
    assert secret not in f"{event.summary}{event.details}"
    with override_settings(SIP_KEYS=[Fernet.generate_key().decode(), *settings.SIP_KEYS]):
        assert sip_rotation.rotate(dry_run=False, progress=lambda _count: None).resealed == 1
        assert send(text(), basic(secret)).status_code == 200
    with override_settings(SIP_KEYS=[Fernet.generate_key().decode()]):
        assert send(text(), basic(secret)).status_code == 401
