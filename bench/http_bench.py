#!/usr/bin/env python3
"""Pages behind the real server for 16 signed-in visitors: requests a second and milliseconds, beside a hello view.

    bin/bench http [--visitors 16] [--seconds 4] [--rounds 3] [--calls 20000] [--gzip]

Starts the web server as `bin/run` does, with its worker processes, over the demo operator. Each visitor has a session
of his own and asks for the next page after an answer. The paths take turns, so a slow moment of the machine affects
all of them.
The hello view is `/.well-known/security.txt`: the same server, lane and middleware, no database, no template.
Targets: 110 calls pages a second, p99 at most 300 ms.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import scratch  # noqa: F401 - sets Django up
from tqdm import tqdm

from sipcabinet.tests import load
from sipcabinet.tests.browser.page import INVOICE, LAST_MONTH, TRUNK, found
from sipcabinet.tests.browser.portal import Portal, loaded_portal
from sipcabinet.tests.load import Load

A_SECOND, SLOWEST_MS = 110, 300
CALLS, HELLO = "calls", "hello"
SESSIONS = """
from django.test import Client
from accounts.models import User
owner = User.objects.get(phone="{phone}", is_active=True)
for _ in range({count}):
    client = Client()
    client.force_login(owner)
    print(client.session.session_key)
"""


def paths(portal: Portal) -> dict[str, str]:
    return {
        HELLO: "/.well-known/security.txt",
        "health": "/health/",
        "home": "/",
        CALLS: found(f"/subscribers/{{}}/calls/?month={LAST_MONTH}&kind=out", TRUNK)(portal),
        "numbers": "/subscribers/",
        "invoices": "/invoices/",
        "invoice": found("/invoices/{}/", INVOICE)(portal),
        "orders": "/orders/",
    }


def cookies(portal: Portal, count: int) -> list[str]:
    """A session for each visitor, made without the sign-in page, which bounds attempts."""
    phone = portal.demo["logins"][0]["phone"].replace(" ", "").replace("-", "")
    keys = portal.manage("shell", "-v", "0", "-c", SESSIONS.format(phone=phone, count=count)).split()
    return [f"session={key}" for key in keys[-count:]]


def measure(portal: Portal, options: argparse.Namespace) -> Mapping[str, Load]:
    wanted, sessions = paths(portal), cookies(portal, options.visitors)
    headers = {"Accept-Encoding": "gzip"} if options.gzip else {}
    for path in wanted.values():  # warm: templates and queries are compiled at the first request of a process
        load.run(portal.url + path, visitors=8, seconds=0.5, headers=headers, cookies=sessions)
    found_loads = {name: Load() for name in wanted}
    for _ in tqdm(range(options.rounds), desc="rounds", file=sys.stderr, disable=None):
        for name, path in wanted.items():
            one = load.run(
                portal.url + path,
                visitors=options.visitors,
                seconds=options.seconds,
                headers=headers,
                cookies=sessions,
            )
            found_loads[name].add(one)
    return found_loads


def report(loads: Mapping[str, Load]) -> bool:
    hello = loads[HELLO].count(200) / loads[HELLO].lasted
    print(f"{'page':<10}{'a second':>9}{'of hello':>9}{'p50, ms':>9}{'p95':>7}{'p99':>7}{'others':>8}")
    for name, one in loads.items():
        speed = one.count(200) / one.lasted
        times = "".join(
            f"{one.milliseconds(200, percent):>{width}.0f}" for percent, width in ((50, 9), (95, 7), (99, 7))
        )
        print(f"{name:<10}{speed:>9.0f}{speed / hello:>9.3f}{times}{one.others(200) + sum(one.errors.values()):>8}")
    calls = loads[CALLS]
    return calls.count(200) / calls.lasted >= A_SECOND and calls.milliseconds(200, 99) <= SLOWEST_MS


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--gzip", action="store_true")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="sipcabinet-bench-") as folder,
        loaded_portal(Path(folder), redis=os.environ["REDIS_URL"], calls=options.calls, LOG_LEVEL="WARNING") as portal,
    ):
        portal.start_web()
        return 0 if report(measure(portal, options)) else 1


if __name__ == "__main__":
    sys.exit(main())
