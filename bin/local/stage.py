"""Servers for the tests alone: created in a temporary folder, deleted afterwards, separate from those of `bin/run`."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import keys, orphans, ports, secret_files
from .console import step
from .paths import BYTECODE, Var
from .postgres import Postgres, passwords_among
from .supervisor import Supervisor
from .valkey import Valkey

READY_SECONDS = 60.0


@contextmanager
def stage() -> Iterator[dict[str, str]]:
    """Starts a PostgreSQL and a Valkey while the block runs; yields the environment with their addresses."""
    var = Var(Path(tempfile.mkdtemp(prefix="sipcabinet-test-")).resolve())
    supervisor = Supervisor()
    try:
        var.make()
        secrets = keys.load_or_make(var.secrets)
        with step("PostgreSQL and Valkey for the tests"):
            postgres = _postgres(var, secrets)
            valkey = Valkey(var.valkey, var.logs / "valkey.log", secrets["VALKEY_PASSWORD"], ports.pick())
            supervisor.start(postgres.part(), valkey.part())
            supervisor.wait_until(
                lambda: postgres.is_ready() and valkey.is_ready(), what="a server", seconds=READY_SECONDS
            )
            postgres.make_database()
        yield _environment(var, secrets) | {"DATABASE_URL": postgres.url(), "REDIS_URL": valkey.url}
    finally:
        supervisor.stop()
        orphans.end_parts(var.folder)
        shutil.rmtree(var.folder, ignore_errors=True)


def _postgres(var: Var, secrets: dict[str, str]) -> Postgres:
    log = var.logs / "postgres.log"
    server = Postgres(var.postgres, log, passwords_among(secrets), port=ports.pick(), durable=False)
    server.prepare()
    return server


def _environment(var: Var, secrets: dict[str, str]) -> dict[str, str]:
    """The environment without the person's settings: without variables of real servers and without a `.env` file."""
    unwanted = (
        *("DATABASE_URL", "PORTAL_DATABASE_URL", "VIEWER_DATABASE_URL", "REDIS_URL", "EMAIL_URL"),
        *("DATABASE_POOLED", "REPLICA_DATABASE_URL"),
        *("PROVISIONING_BACKEND", "KAMAILIO_DATABASE_URL"),
        *("SITE_URL", "PORT", "DJANGO_SETTINGS_MODULE"),
    )
    given = secret_files.without(os.environ, {*unwanted, *secrets})
    inherited = {name: value for name, value in given.items() if name not in unwanted}
    return inherited | {
        "ENV_FILE": os.devnull,
        "SECRET_KEY": secrets["SECRET_KEY"],
        "LETTER_KEYS": secrets["LETTER_KEYS"],
        "SIP_KEYS": secrets["SIP_KEYS"],
        "DATA_DIR": str(var.folder),
        # The same file names as in production, but without compression, which takes time.
        "STATICFILES_STORAGE": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage",
        "PYTHONUNBUFFERED": "1",
        # Each run starts dozens of processes. None should compile the modules and tests anew, even if the person keeps
        # Python from writing beside the sources.
        "PYTHONPYCACHEPREFIX": str(BYTECODE),
        "PYTHONDONTWRITEBYTECODE": "",
        orphans.MARKER: str(var.folder),
    }
