"""Settings from files work like settings from the environment; any fault gives one line and exit code 2."""

import os
import re
import subprocess
import sys
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path

import pytest

from sipcabinet.lib import environment
from sipcabinet.lib.environment import Environment, SettingError, Variables

ROOT = Path(__file__).resolve().parents[2]
KEYS = ("SECRET_KEY", "LETTER_KEYS", "SIP_KEYS", "DATABASE_URL", "REDIS_URL")


def reader(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Environment:
    monkeypatch.setattr(Environment, "ENVIRON", Variables(variables))
    return Environment()


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text("first,second\n")
    return path


def test_a_file_stands_for_the_value_without_its_last_newline(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env = reader(monkeypatch, SECRET_KEY_FILE=str(secret), SECRET_KEY="", NAME="plain")
    assert env.required("SECRET_KEY") == "first,second"
    assert env.required_list("SECRET_KEY") == ["first", "second"]
    assert env.str("NAME") == "plain"


def test_addresses_of_servers_may_be_files_too(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret.write_text("postgres://web:p%40ss$word@db:5433/cabinet\r\n")
    found = reader(monkeypatch, PORTAL_DATABASE_URL_FILE=str(secret)).db_url("PORTAL_DATABASE_URL")
    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"]) == ("web", "p@ss$word", "db", 5433)


def test_a_database_s_url_keeps_its_own_wishes_beside_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgres://web@db/cabinet?sslmode=verify-full&sslrootcert=/ca.pem&assume_role=owner&options=-c%20a.b%3D1"
    found = reader(monkeypatch, X=url).database("X", {"assume_role": "ours", "options": "-c statement_timeout=1"})
    assert found["OPTIONS"] == {
        "sslmode": "verify-full", "sslrootcert": "/ca.pem", "assume_role": "ours",
        "options": "-c statement_timeout=1 -c a.b=1",
    }  # fmt: skip
    assert "options" not in reader(monkeypatch, X="postgres://web@db/x").database("X", {})["OPTIONS"]


def test_each_database_is_reached_with_the_tls_that_its_url_asks_for() -> None:
    """Without it the connection takes any certificate and, refused TLS, goes on in the clear."""
    names = ("DATABASE", "PORTAL_DATABASE", "VIEWER_DATABASE", "REPLICA_DATABASE")
    urls = {f"{name}_URL": f"postgres://{name}@db:5432/cabinet?sslmode=verify-full" for name in names}
    script = """
from django.conf import settings as s
for found in (s.DATABASES["default"], s.PORTAL_DATABASE, s.VIEWER_DATABASE, s.REPLICA_DATABASE):
    told = found["OPTIONS"]
    print(found["USER"], told["sslmode"], told.get("assume_role"), "statement_timeout" in told["options"])
"""
    done = start([sys.executable, "-c", script], DJANGO_SETTINGS_MODULE="sipcabinet.settings", **urls)
    roles = ("sipcabinet_app", "None", "None", "sipcabinet_app")
    told = [f"{name} verify-full {role} True" for name, role in zip(names, roles, strict=True)]
    assert done.stdout.splitlines() == told, done.stderr


@pytest.mark.parametrize("value", ["$ecret", "a$b", "\\$x", "$", "a\\b"])
def test_nothing_is_expanded_inside_a_value(value: str, secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret.write_text(value)
    assert reader(monkeypatch, X_FILE=str(secret)).str("X") == value
    assert reader(monkeypatch, X=value).str("X") == value


@pytest.mark.parametrize(
    ("content", "also", "message"),
    [
        (b"x", "given", "SECRET_KEY and SECRET_KEY_FILE are both given"),
        (b"", "", "is empty"),
        (b"\n\n", "", "is empty"),
        (b"\xff\xfe", "", "is not text in UTF-8"),
        (None, "", "cannot be read: No such file or directory"),
    ],
)
def test_a_file_that_will_not_do_is_said_in_one_line(
    content: bytes | None, also: str, message: str, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret.unlink() if content is None else secret.write_bytes(content)
    with redirect_stderr(StringIO()) as stderr, pytest.raises(SystemExit) as end:
        reader(monkeypatch, SECRET_KEY_FILE=str(secret), SECRET_KEY=also).str("SECRET_KEY", default="")
    assert end.value.code == 2
    assert message in stderr.getvalue()
    assert stderr.getvalue().count("\n") == 1


def test_without_the_guard_both_would_be_taken(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Variables, "_plain", lambda self, name: self.variables[name])
    assert reader(monkeypatch, X_FILE=str(secret), X="old").str("X") == "old"


def test_a_value_that_cannot_be_read_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        reader(monkeypatch, NUMBER="hunter2").int("NUMBER")
    assert capsys.readouterr().err == "error: NUMBER has a value that cannot be read\n"


@pytest.mark.parametrize("value", ["", None])
def test_a_secret_must_not_be_empty(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    for read in (Environment.required, Environment.required_list):
        with pytest.raises(SystemExit):
            read(reader(monkeypatch, **({} if value is None else {"SECRET_KEY": value})), "SECRET_KEY")


def test_the_env_file_may_name_files(secret: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text(f"SECRET_KEY=\nSECRET_KEY_FILE={secret}\n")
    env = reader(monkeypatch)
    Environment.read_env(str(env_file))
    assert env.required("SECRET_KEY") == "first,second"
    env_file.write_text("SECRET_KEY=other\n")
    Environment.read_env(str(env_file), overwrite=True)
    with pytest.raises(SettingError):
        env.ENVIRON["SECRET_KEY"]


def start(words: list[str], **changed: str) -> "subprocess.CompletedProcess[str]":
    variables = {name: value for name, value in os.environ.items() if f"{name}_FILE" not in changed} | changed
    return subprocess.run(words, env=variables, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


def test_a_command_starts_with_secrets_from_files_alone(tmp_path: Path) -> None:
    files = {}
    for name in KEYS:
        path = tmp_path / name.lower()
        path.write_text(os.environ[name] + "\n")
        files[f"{name}_FILE"] = str(path)
    script = "from django.conf import settings as s; print(s.SECRET_KEY, *s.SIP_KEYS, s.CELERY_BROKER_URL)"
    done = start([sys.executable, "manage.py", "shell", "--no-imports", "-c", script], **files)
    assert done.stdout.split() == [os.environ[name] for name in ("SECRET_KEY", "SIP_KEYS", "REDIS_URL")]


@pytest.mark.parametrize("words", [["manage.py", "check"], ["-m", "celery", "-A", "sipcabinet", "report"]])
def test_a_command_without_its_secret_ends_with_two_and_no_trace(words: list[str], tmp_path: Path) -> None:
    done = start([sys.executable, *words], SECRET_KEY_FILE=str(tmp_path / "nowhere"))
    assert done.returncode == environment.USAGE_ERROR
    assert done.stderr == f"error: SECRET_KEY_FILE: {tmp_path}/nowhere cannot be read: No such file or directory\n"


def test_every_setting_goes_through_the_reader() -> None:
    """No setting is read directly from the environment, where `NAME_FILE` would be ignored."""
    assert re.findall(r"os\.environ|getenv", (ROOT / "sipcabinet" / "settings.py").read_text()) == []
