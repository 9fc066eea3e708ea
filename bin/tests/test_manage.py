import stat
from pathlib import Path

import pytest
from local import envfile, settings
from local.console import UsageError
from local.manage import environment_of, progress_in
from local.paths import Var
from local.portal import Portal
from local.supervisor import Supervisor

EVENT = '{"order_id": 1, "event": "order.made"}\n'


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("документы:  95%|█████ | 95/100\n", "документы:  95%|█████ | 95/100"),
        ("документы:  95%|█████ | 95/100" + EVENT, "документы:  95%|█████ | 95/100"),
        (EVENT, ""),
        ("\n", ""),
    ],
)
def test_events_of_the_log_are_no_progress(line: str, said: str) -> None:
    assert progress_in(line) == said


def kept_by_run(folder: Path, environ: dict[str, str]) -> dict[str, str]:
    """The environment that `bin/run`, started with `environ`, stores for `bin/manage`."""
    var = Var(folder / "var")
    var.folder.mkdir()
    var.make()
    portal = Portal(settings.read(folder, environ), var, Supervisor(), demo=False)
    portal.environment |= {"DATABASE_URL": "postgres://kept/x", "REDIS_URL": "redis://kept", "EMAIL_URL": "smtp://kept"}
    envfile.write(var.environment, portal._kept_environment())
    assert stat.S_IMODE(var.environment.stat().st_mode) == 0o600
    return envfile.read(var.environment)


def test_manage_takes_every_setting_that_run_was_started_with(tmp_path: Path) -> None:
    (tmp_path / "kamailio").write_text("postgres://switch/x\n")
    (tmp_path / ".env").write_text("OPERATOR_NAME='А Б'\nDUNNING_DAYS_FIRST=3\n")
    environ = {
        "PROVISIONING_BACKEND": "kamailio",
        "KAMAILIO_DATABASE_URL_FILE": str(tmp_path / "kamailio"),
        "DUNNING_DAYS_FIRST": "2",
        "CALLS_INBOX": ' "quoted" ',
        "PATH": "/bin",
        "AWS_SECRET": "nothing of the portal",
    }
    kept = kept_by_run(tmp_path, environ)
    found = environment_of(kept, {"PATH": "/usr/bin"})
    wanted = {
        "PROVISIONING_BACKEND": "kamailio",
        "KAMAILIO_DATABASE_URL": "postgres://switch/x",
        "OPERATOR_NAME": "А Б",
        "DUNNING_DAYS_FIRST": "2",
        "CALLS_INBOX": ' "quoted" ',
        "DATABASE_URL": "postgres://kept/x",
        "DEMO": "false",
        "PATH": "/usr/bin",
    }
    assert {name: found[name] for name in wanted} == wanted
    assert not {"AWS_SECRET", "KAMAILIO_DATABASE_URL_FILE"} & found.keys()


def test_what_a_person_gives_manage_wins(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("mine\n")
    (tmp_path / "other.env").write_text("LOG_LEVEL=DEBUG\nOPERATOR_NAME=из файла\n")
    kept = {
        "PROVISIONING_BACKEND": "kamailio",
        "SECRET_KEY": "kept",
        "OPERATOR_NAME": "kept",
        "ENV_FILE": "/dev/null",
        "PORTAL_DATABASE_URL": "postgres://pages@kept/x",
        "VIEWER_DATABASE_URL": "postgres://viewing@kept/x",
        "SITE_URL": "http://kept",
    }
    given = {
        "PROVISIONING_BACKEND": "recording",
        "SECRET_KEY_FILE": str(tmp_path / "key"),
        "OPERATOR_NAME": "мой",
        "SITE_URL": "",
        "ENV_FILE": str(tmp_path / "other.env"),
        "DATABASE_URL": "postgres://mine/x",
    }
    assert environment_of(kept, given) == {
        "PROVISIONING_BACKEND": "recording",
        "SECRET_KEY": "mine",
        "OPERATOR_NAME": "мой",
        "LOG_LEVEL": "DEBUG",
        "ENV_FILE": "/dev/null",
        "DATABASE_URL": "postgres://mine/x",
        "PORTAL_DATABASE_URL": "",
        "VIEWER_DATABASE_URL": "",
        "SITE_URL": "http://kept",
    }


def test_a_value_of_several_lines_is_refused_instead_of_changing_the_others(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="OPERATOR_NAME"):
        envfile.write(tmp_path / "x", {"OPERATOR_NAME": "А\nDEBUG=true"})
    assert not (tmp_path / "x").exists()
