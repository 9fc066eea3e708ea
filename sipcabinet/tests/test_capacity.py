"""The needs of all processes are compared with what the servers allow, before the web server starts."""

import resource
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.db import connection

from sipcabinet import serve
from sipcabinet.site import capacity, lanes
from sipcabinet.tests.processes import ROOT, ended


def test_each_thread_of_a_lane_has_one_connection_for_each_login(settings: Any) -> None:
    settings.WEB_WORKERS, settings.TASK_WORKERS, settings.DATABASE_RESERVE = 3, 4, 5
    settings.PORTAL_DATABASE = settings.VIEWER_DATABASE = {}
    threads = sum(lane.threads for lane in lanes.lanes() if lane.uses_database)
    assert capacity.database_connections() == 3 * threads + 4 + 1 + 1 + 5
    settings.PORTAL_DATABASE = {"NAME": "x"}
    assert capacity.database_connections() == 3 * threads * 2 + 4 + 1 + 1 + 5
    settings.VIEWER_DATABASE = {"NAME": "x"}
    assert capacity.database_connections() == 3 * threads * 3 + 4 + 1 + 1 + 5
    settings.METRICS_PORT = 9109
    assert capacity.database_connections() == 3 * threads * 3 + 4 + 1 + 1 + 1 + 5


@pytest.mark.django_db
def test_the_usual_bounds_fit_what_postgres_and_valkey_usually_give() -> None:
    found = {need.what.split()[0]: need for need in capacity.needs()}
    assert found["connections"].needed < 100 - 3
    assert found["clients"].given is not None
    assert found["clients"].needed < found["clients"].given
    with connection.cursor() as cursor:
        cursor.execute("SHOW max_connections")
        assert (found["connections"].given or 0) < int(cursor.fetchone()[0])


def test_what_does_not_fit_is_named_with_both_numbers() -> None:
    need = capacity.Need("connections", 101, 97)
    assert need.problem == "connections: up to 101 may be needed, 97 are allowed"
    assert capacity.Need("connections", 97, 97).problem == ""
    assert capacity.Need("connections", 101, None).problem == ""


@pytest.mark.django_db
def test_a_server_that_is_away_is_no_reason_not_to_start(settings: Any) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    assert capacity._broker_gives() is None


def test_the_limit_of_files_is_raised_as_far_as_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (256, 100_000))
    monkeypatch.setattr(resource, "setrlimit", lambda _which, limits: asked.append(limits))
    capacity.open_files()
    assert asked == [(capacity.web_files(), 100_000)]


@pytest.mark.django_db(transaction=True)
def test_the_server_does_not_start_past_the_bound() -> None:
    """The command prints one line and ends with exit code 2."""
    assert ended("-m", "sipcabinet.serve", "--port", "1", WEB_PAGE_THREADS="500") == 2


def test_the_words_for_the_server_carry_the_bounds() -> None:
    words = serve.words("127.0.0.1", 8000)
    assert f"--blocking-threads={lanes.server_threads()}" in words
    assert f"--backpressure={settings.WEB_CONNECTIONS}" in words
    assert f"--workers={settings.WEB_WORKERS}" in words


def test_bin_run_compose_and_the_image_start_the_same_server() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    assert compose["services"]["web"]["command"].startswith("python -m sipcabinet.serve ")
    assert '"sipcabinet.serve"' in (ROOT / "bin" / "local" / "portal.py").read_text()
    assert '"sipcabinet.serve"' in (ROOT / "Dockerfile").read_text()
    files = compose["services"]["web"]["ulimits"]["nofile"]
    assert files["soft"] >= capacity.web_files()
    most = compose["services"]["postgres"]["command"][-1]
    assert most == "max_connections=${POSTGRES_MAX_CONNECTIONS:-100}"
