from pathlib import Path

import pytest
from local import settings
from local.console import UsageError


def test_nothing_given_starts_everything_at_8000(tmp_path: Path) -> None:
    given = settings.read(tmp_path, {})
    assert (given.port, given.database_url, given.redis_url, given.email_url) == (8000, "", "", "")


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=8001\nREDIS_URL=redis://one/0\nOPERATOR_NAME='А Б'\n")
    given = settings.read(tmp_path, {"PORT": "8002", "DATABASE_URL": "postgres://x/y"})
    assert (given.port, given.redis_url, given.database_url) == (8002, "redis://one/0", "postgres://x/y")
    assert given.environment["OPERATOR_NAME"] == "А Б"


def test_an_empty_value_counts_as_not_given(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=\nSECRET_KEY=\nEMAIL_URL=smtp://mail:25\n")
    given = settings.read(tmp_path, {"EMAIL_URL": "", "PORT": ""})
    assert given.port == 8000
    assert given.email_url == "smtp://mail:25"
    assert "SECRET_KEY" not in given.environment


def test_another_file_may_be_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=8001\n")
    (tmp_path / "other").write_text("PORT=8003\n")
    assert settings.read(tmp_path, {"ENV_FILE": str(tmp_path / "other")}).port == 8003


def test_a_port_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        settings.read(tmp_path, {"PORT": "http"})
