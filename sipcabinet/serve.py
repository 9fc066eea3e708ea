"""Starts the web server with its bounds.

    python -m sipcabinet.serve --host 0.0.0.0 --port 8000

Refuses to start when all processes together may need more than PostgreSQL, Valkey or the system allow.
Exit codes: those of granian; 2 the bounds are too large (one line on stderr).
"""

import argparse
import os
import sys
from typing import NoReturn

import django

IDLE_SECONDS = "600"  # the server ends one of its threads after this idle time; the lanes' threads never end


def main() -> NoReturn:
    parser = argparse.ArgumentParser(prog="python -m sipcabinet.serve", description="Starts the web server.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sipcabinet.settings")
    django.setup()

    from sipcabinet.lib import metrics
    from sipcabinet.site import capacity

    capacity.open_files()
    if problems := capacity.problems():
        sys.stderr.write(f"error: {'; '.join(problems)}\n")
        sys.exit(2)
    metrics.begin("web")
    command = [sys.executable, "-m", "granian", *words(options.host, options.port)]
    os.execv(command[0], command)  # noqa: S606


def words(host: str, port: int) -> list[str]:
    """The command-line options for granian."""
    from django.conf import settings

    from sipcabinet.site import lanes

    numbers = {
        "port": port,
        "workers": settings.WEB_WORKERS,
        "blocking-threads": lanes.server_threads(),
        "blocking-threads-idle-timeout": IDLE_SECONDS,
        "backpressure": settings.WEB_CONNECTIONS,
        "backlog": max(128, settings.WEB_CONNECTIONS),
        "workers-kill-timeout": 5,
    }
    options = [f"--{name}={number}" for name, number in numbers.items()]
    return ["--interface=wsgi", f"--host={host}", *options, "--respawn-failed-workers", "sipcabinet.wsgi:application"]


if __name__ == "__main__":
    main()
