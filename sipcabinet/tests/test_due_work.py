"""One look finds due work of every kind and hints at its drain; beat starts each drain by itself too, but seldom."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from celery import current_app
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications.models import Letter
from sipcabinet import schedule
from sipcabinet.lib import clock, durable, durable_counts
from sipcabinet.site.tasks import look_for_due_work

pytestmark = pytest.mark.django_db


@pytest.fixture
def hinted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    monkeypatch.setattr(durable, "hint", found.append)
    return found


def letter(**fields: Any) -> Letter:
    return Letter.objects.create(kind="x", recipient="a@b.example", message_id=f"<{uuid4()}>", **fields)


def test_every_kind_of_durable_work_has_its_drain() -> None:
    current_app.loader.import_default_modules()
    assert schedule.DRAINS.keys() == {durable_counts.kind_of(model) for model in durable_counts.kinds()}
    started = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {schedule.LOOK, *schedule.DRAINS.values()} <= started <= set(current_app.tasks)


def test_the_look_hints_at_due_work_alone(hinted: list[str]) -> None:
    letter(due_at=clock.now() + timedelta(minutes=1))
    letter(state="done")
    look_for_due_work()
    assert hinted == []
    letter()
    letter()
    with CaptureQueriesContext(connection) as queries:
        look_for_due_work()
    assert (hinted, len(queries)) == (["notifications.drain_letters"], 1)


def test_work_that_a_worker_has_is_not_due_until_the_claim_runs_out(hinted: list[str]) -> None:
    job = letter(claimed_until=clock.now() + timedelta(days=1))
    look_for_due_work()
    assert hinted == []
    Letter.objects.filter(pk=job.pk).update(claimed_until=clock.now() - timedelta(days=1))
    look_for_due_work()
    assert hinted == ["notifications.drain_letters"]
