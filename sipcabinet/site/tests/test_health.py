"""/health/: 200 while pages can be served."""

import json
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

CLOSED_PORT = "redis://127.0.0.1:1/0"


def test_all_is_well(db: None) -> None:
    answer = Client().get("/health/")
    assert answer.status_code == 200
    assert json.loads(answer.content)["database"] == "ok"
    assert answer.headers["Cache-Control"] == "no-store"


def test_without_redis_pages_are_served_all_the_same(db: None, settings: Any) -> None:
    for url in (CLOSED_PORT, "nonsense"):
        settings.CELERY_BROKER_URL = url
        answer = Client().get("/health/")
        assert answer.status_code == 200
        assert json.loads(answer.content) == {"status": "ok", "database": "ok", "redis": "unavailable"}


def test_without_the_database_nothing_can_be_served(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: object, **__: object) -> None:
        raise OperationalError("connection refused: password of the owner")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", down)
        answer = Client().get("/health/")
    assert answer.status_code == 503
    assert json.loads(answer.content)["status"] == "unavailable"
    assert "password" not in answer.content.decode()


def test_it_needs_no_session_and_changes_nothing(db: None) -> None:
    assert not Client().get("/health/").cookies
    assert Client().post("/health/").status_code == 405
