"""Which rows the tasks delete every night and every hour, and which stay."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.conf import settings
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import PasswordRequest, Session, SignIn, TemporaryPassword, Throttle, User
from accounts.tasks import forget_attempts, forget_old_traces
from accounts.tests.factories import PASSWORD
from accounts.tests.signing_in import ask_for_password, is_signed_in, issue, knock
from sipcabinet.lib.durable import JobState

pytestmark = pytest.mark.django_db


@pytest.fixture
def traces(owner: User, at: Callable[[str], Any]) -> Any:
    """Creates at ten o'clock rows of every kind that is deleted later; returns the simulated clock."""
    traveller = at("2026-01-15 10:00")
    issue(owner)
    ask_for_password(Client(), owner.phone)
    PasswordRequest.objects.update(state=JobState.DONE, finished_at="2026-01-15 10:00+03:00")
    ask_for_password(Client(), owner.phone)
    PasswordRequest.objects.filter(state=JobState.WAITING).update(state=JobState.PARKED)
    knock(Client(), owner.phone, PASSWORD)
    knock(Client(), "+375447999999", "не-тот-пароль")
    TOTPDevice.objects.create(user=owner, confirmed=False)
    return traveller


def kept() -> dict[str, int]:
    models = [Session, Throttle, SignIn, PasswordRequest, TemporaryPassword, TOTPDevice]
    return {model.__name__: model.objects.count() for model in models}


def test_nothing_is_forgotten_early(traces: Any) -> None:
    before = kept()
    forget_old_traces()
    assert kept() == before


def test_counters_go_with_their_window(traces: Any) -> None:
    traces.shift(timedelta(minutes=14))
    forget_attempts()
    assert kept()["Throttle"] > 0
    knock(Client(), "+375447999998", "не-тот-пароль")
    traces.shift(timedelta(minutes=1))
    forget_attempts()
    assert kept()["Throttle"] == 1  # the counter of the number that was tried last


def test_each_trace_goes_in_its_time(traces: Any) -> None:
    traces.shift(timedelta(hours=1))
    forget_old_traces()
    assert (kept()["Session"], kept()["TOTPDevice"]) == (0, 1)
    traces.shift(timedelta(days=8))
    forget_old_traces()
    assert (kept()["SignIn"], kept()["TOTPDevice"], kept()["PasswordRequest"]) == (1, 0, 2)
    traces.shift(timedelta(days=30))
    forget_old_traces()
    assert kept()["TemporaryPassword"] == 0
    assert [request.state for request in PasswordRequest.objects.all()] == [JobState.PARKED]
    traces.shift(timedelta(days=365))
    forget_old_traces()
    assert kept()["SignIn"] == 0


def test_a_session_in_use_stays(owner: User, client_of: Callable[[User], Client]) -> None:
    client = client_of(owner)
    forget_old_traces()
    assert is_signed_in(client)


def test_beat_knows_the_tasks_by_their_names() -> None:
    current_app.loader.import_default_modules()
    wanted = {
        entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values() if entry["task"].startswith("accounts.")
    }
    assert wanted == {
        "accounts.drain_password_requests",
        "accounts.end_customer_views",
        "accounts.forget_counters",
        "accounts.forget_old_traces",
        "accounts.remove_forgotten_scans",
    }
    assert wanted <= set(current_app.tasks)
