from pathlib import Path

import pytest
from local import secret_files, settings
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


def test_files_of_values_are_opened_wherever_they_are_named(tmp_path: Path) -> None:
    for name in ("key", "base"):
        (tmp_path / name).write_text(f"{name} of a file\n")
    (tmp_path / ".env").write_text(f"SECRET_KEY=\nSECRET_KEY_FILE={tmp_path / 'key'}\nOPERATOR_NAME=А\n")
    given = settings.read(tmp_path, {"DATABASE_URL_FILE": str(tmp_path / "base"), "SSL_CERT_FILE": "/nowhere"})
    assert given.database_url == "base of a file"
    assert given.from_file == {"SECRET_KEY": "key of a file", "OPERATOR_NAME": "А"}
    assert {name for name in given.environment if name.endswith("_FILE")} == {"SSL_CERT_FILE"}


@pytest.mark.parametrize(
    ("content", "also", "message"),
    [("x", "y", "both given"), ("", "", "is empty"), ("\n", "", "is empty"), (None, "", "cannot be read")],
)
def test_a_file_that_will_not_do_is_refused(tmp_path: Path, content: str | None, also: str, message: str) -> None:
    path = tmp_path / "url"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError, match=message):
        settings.read(tmp_path, {"REDIS_URL_FILE": str(path), "REDIS_URL": also})


def test_values_that_are_known_close_their_files() -> None:
    given = {"SECRET_KEY_FILE": "/a", "SSL_CERT_FILE": "/b", "PATH": "/bin"}
    assert secret_files.without(given, {"SECRET_KEY": "x"}) == {"SSL_CERT_FILE": "/b", "PATH": "/bin"}
