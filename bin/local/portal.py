"""The whole portal on this machine: its servers, database, demo data and processes."""

import contextlib
import http
import http.client
import os
import shutil
import subprocess
from collections.abc import Mapping
from urllib.parse import urlsplit

from . import envfile, keys, orphans, ports, secret_files, static, switch, venv
from .console import CommandError, UsageError, say, step
from .manage import Progress, manage
from .paths import ROOT, Var
from .postgres import PAGES, VIEWING, WEB, Postgres, passwords_among
from .process import Part
from .settings import Given
from .supervisor import Supervisor
from .valkey import Valkey

READY_SECONDS = 120.0
METRICS = "METRICS_PORT"
KEPT = (
    *("DATABASE_URL", "PORTAL_DATABASE_URL", "VIEWER_DATABASE_URL", "REDIS_URL", "EMAIL_URL"),
    *("DATABASE_POOLED", "REPLICA_DATABASE_URL"),
    *("SECRET_KEY", "LETTER_KEYS", "SIP_KEYS"),
    *("PROVISIONING_BACKEND", "KAMAILIO_DATABASE_URL", "SWITCH_ADDRESS", "SWITCH_GATEWAY"),
    *("SITE_URL", "DATA_DIR", "MAILBOX_DIR", "DEMO", "DEBUG", "ENV_FILE"),
)


class Portal:
    """Starts the portal step by step; the next start may repeat each step."""

    def __init__(self, given: Given, var: Var, supervisor: Supervisor, *, demo: bool) -> None:
        self.given = given
        self.var = var
        self.supervisor = supervisor
        self.secrets = keys.load_or_make(var.secrets)
        self.site_url = given.environment.get("SITE_URL") or f"http://{ports.HOST}:{given.port}"
        self.metrics_port = _metrics_port(given)
        self.postgres: Postgres | None = None
        self.environment = self._base_environment(demo=demo)

    def _base_environment(self, *, demo: bool) -> dict[str, str]:
        own = {
            "SECRET_KEY": self.secrets["SECRET_KEY"],
            "LETTER_KEYS": self.secrets["LETTER_KEYS"],
            "SIP_KEYS": self.secrets["SIP_KEYS"],
            "SITE_URL": self.site_url,
            "DATA_DIR": str(self.var.folder),
            "MAILBOX_DIR": str(self.var.mail),
            "DEMO": "true" if demo else "false",
            "DEBUG": "false",
            "PORTAL_DATABASE_URL": "",
            METRICS: str(self.metrics_port),
            "BUILD_COMMIT": _commit(),
            "VIEWER_DATABASE_URL": "",
            "DATABASE_POOLED": "false",
            "REPLICA_DATABASE_URL": "",
            "PROVISIONING_BACKEND": "recording",
            "KAMAILIO_DATABASE_URL": "",
            "SWITCH_ADDRESS": "",
            "SWITCH_GATEWAY": "",
        }
        # The person's settings win. The rest of the environment (PATH, CALL_DETAIL_DELAY_SECONDS, …) is passed on.
        # The `.env` file has been read already: if it was read again, its empty values would count as set.
        fixed = {orphans.MARKER: str(self.var.folder), "ENV_FILE": os.devnull, "PYTHONUNBUFFERED": "1"}
        return own | dict(self.given.environment) | fixed

    def start_servers(self) -> None:
        """Starts the database, the broker and the mail server; a server whose address is given is not started."""
        self.environment["DATABASE_URL"] = self.given.database_url or self._start_postgres()
        self.environment["REDIS_URL"] = self.given.redis_url or self._start_valkey()
        self.environment["EMAIL_URL"] = self.given.email_url or self._start_mail()

    @step("PostgreSQL")
    def _start_postgres(self) -> str:
        passwords = passwords_among(self.secrets)
        server = Postgres(self.var.postgres, self.var.logs / "postgres.log", passwords, port=ports.pick())
        server.prepare()
        self.supervisor.start(server.part())
        self.supervisor.wait_until(server.is_ready, what="PostgreSQL", seconds=READY_SECONDS)
        server.make_database()
        self.postgres = server
        return server.url()

    @step("Valkey")
    def _start_valkey(self) -> str:
        log = self.var.logs / "valkey.log"
        server = Valkey(self.var.valkey, log, self.secrets["VALKEY_PASSWORD"], ports.pick())
        self.supervisor.start(server.part())
        self.supervisor.wait_until(server.is_ready, what="Valkey", seconds=READY_SECONDS)
        return server.url

    @step("Mailbox")
    def _start_mail(self) -> str:
        port = ports.pick()
        environment = self.environment | {"PYTHONPATH": str(ROOT / "bin")}
        self.supervisor.start(
            self._python_part("mail", "local.mail", str(port), str(self.var.mail), environment=environment)
        )
        self.supervisor.wait_until(lambda: ports.answers(port), what="the mailbox", seconds=READY_SECONDS)
        return f"smtp://{ports.HOST}:{port}"

    @step("Kamailio")
    def start_switch(self) -> None:
        """Starts a Kamailio whose tables the portal fills. Raises UsageError for a PostgreSQL of the person's own."""
        if self.postgres is None:
            raise UsageError("--with-switch works with the PostgreSQL that bin/run starts, not with DATABASE_URL")
        passwords = {switch.SWITCH: self.secrets["KAMAILIO_PASSWORD"], switch.CABINET: self.secrets["CABINET_PASSWORD"]}
        gateway = f"{switch.GATEWAY}:{ports.pick()}"
        database = switch.make_database(self.postgres.url(), passwords)
        switch.set_gateway(self.postgres.url(), gateway)
        kamailio = switch.Switch(
            folder=self.var.folder / "kamailio",
            log=self.var.logs / "kamailio.log",
            domain=switch.DEMO_DOMAIN,
            database=database,
            password=passwords[switch.SWITCH],
            port=ports.pick(),
            settings=switch.DEMO_SETTINGS,
        )
        kamailio.prepare()
        self.supervisor.start(kamailio.part())
        self.supervisor.wait_until(kamailio.is_ready, what="Kamailio", seconds=READY_SECONDS)
        self.environment |= {
            "PROVISIONING_BACKEND": "kamailio",
            "KAMAILIO_DATABASE_URL": f"postgres://{switch.CABINET}:{passwords[switch.CABINET]}@{database}",
            "SWITCH_ADDRESS": f"{ports.HOST}:{kamailio.port}",
            "SWITCH_GATEWAY": gateway,
        }

    @step("What the switch is told")
    def tell_switch(self) -> None:
        """Orders a job for everything that the switch does not know yet, which the worker does within seconds, and
        makes the switch's database a source of calls."""
        self._manage("call_source", "kamailio", "--kind", "kamailio")
        with contextlib.suppress(CommandError):  # jobs that wait for staff: they are shown at the desk
            self._manage("reconcile_provisioning")

    def migrate(self) -> None:
        """Migrates as the owner of the tables. Afterwards the parts use a login that owns nothing."""
        with step("Database tables"):
            self._manage("migrate", "--noinput")
            if self.postgres:
                self.postgres.make_logins()
                self.environment["DATABASE_URL"] = self.postgres.url(WEB)
                self.environment["PORTAL_DATABASE_URL"] = self.postgres.url(PAGES)
                self.environment["VIEWER_DATABASE_URL"] = self.postgres.url(VIEWING)
        envfile.write(self.var.environment, self._kept_environment())

    def _kept_environment(self) -> dict[str, str]:
        """The environment for `bin/manage` in another terminal: every setting of the portal from all sources."""
        known = secret_files.names(ROOT / ".env.example")
        given = (name for name in self.given.environment if name in known)
        return {name: self.environment[name] for name in dict.fromkeys((*self.given.from_file, *given, *KEPT))}

    def collect_static(self) -> None:
        """Collects the static files if they have changed; always if the person has set STATIC_ROOT."""
        if "STATIC_ROOT" not in self.given.environment and static.is_collected(self.var.static_stamp):
            return
        with step("Static files"):
            self._manage("collectstatic", "--noinput", "--verbosity=0")
            static.note_collected(self.var.static_stamp)

    def load_demo(self) -> str:
        """Loads the demo operator if the database is empty; returns the command's list of logins."""
        with step("Demo operator") as current:
            return self._manage("demo_data", "--if-empty", progress=current.progress)

    def start_processes(self) -> None:
        shutil.rmtree(self.var.unfinished, ignore_errors=True)
        self.var.unfinished.mkdir(mode=0o700)
        with step("Web, worker, beat, metrics"):
            self.supervisor.start(self._web(), self._worker(), self._beat(), self._metrics())
            self.supervisor.wait_until(self._is_healthy, what=f"{self.site_url}/health/", seconds=READY_SECONDS)
            port = self.metrics_port
            self.supervisor.wait_until(lambda: ports.answers(port), what="the metrics", seconds=READY_SECONDS)

    def _web(self) -> Part:
        return self._python_part("web", "sipcabinet.serve", "--host", ports.HOST, "--port", str(self.given.port))

    def _worker(self) -> Part:
        options = ["--pool", "prefork", "--without-gossip", "--without-mingle"]
        return self._python_part("worker", "celery", "-A", "sipcabinet", "worker", *options)

    def _beat(self) -> Part:
        files = ["--schedule", str(self.var.beat / "schedule"), "--pidfile="]
        return self._python_part("beat", "celery", "-A", "sipcabinet.beat", "beat", *files)

    def _metrics(self) -> Part:
        return self._python_part("metrics", "sipcabinet.serve_metrics")

    def _python_part(self, name: str, module: str, *words: str, environment: Mapping[str, str] | None = None) -> Part:
        return Part(
            name=name,
            command=[venv.python(), "-m", module, *words],
            environment=environment or self.environment | {"TMPDIR": str(self.var.unfinished)},
            log=self.var.logs / f"{name}.log",
            folder=ROOT,
        )

    def _is_healthy(self) -> bool:
        connection = http.client.HTTPConnection(ports.HOST, self.given.port, timeout=5)
        try:
            connection.request("GET", "/health/", headers={"Host": urlsplit(self.site_url).netloc})
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _manage(self, *words: str, progress: Progress | None = None) -> str:
        return manage(words, self.environment, self.var.logs / "manage.log", progress)

    def introduce(self, logins: str) -> None:
        say("")
        say(logins.rstrip() or "  Staff:    bin/manage createsuperuser")
        say(f"  Portal:   {self.site_url}/")
        if not self.given.email_url:
            is_demo = self.environment["DEMO"] == "true"
            say(f"  Mailbox:  {self.site_url}/demo/mailbox/" if is_demo else f"  Letters:  {self.var.mail}/new")
        say(f"  Metrics:  http://{ports.HOST}:{self.metrics_port}/metrics")
        say(f"  Data:     {self.var.folder} (logs in {self.var.logs.name}/)")
        if address := self.environment["SWITCH_ADDRESS"]:
            say(f"  Switch:   {self.site_url}/admin/switch/ (SIP: {address}, UDP and TCP)")
            say("  A call:   bin/manage test_call FROM TO SECONDS")
        say("  Commands: bin/manage import_calls …")
        say("  Stop:     Ctrl-C")


def _metrics_port(given: Given) -> int:
    """METRICS_PORT if it is given, else a free port. Raises UsageError for a port that is busy."""
    if text := given.environment.get(METRICS, ""):
        return ports.require_free(ports.parse(text, METRICS), METRICS)
    return ports.pick()


def _commit() -> str:
    """The commit of this folder; empty if it is no clone."""
    with contextlib.suppress(OSError):
        ran = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=10
        )
        return ran.stdout.strip() if ran.returncode == 0 else ""
    return ""
