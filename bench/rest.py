#!/usr/bin/env python3
"""What the portal takes while nobody visits it and nothing is due: processor time and memory of all its processes.

    bin/bench rest [--seconds 60] [--settle 20] [--demo]

Starts bin/run in a copy of this tree, waits until it has settled, and reads /proc. The demo's mailbox is left out;
PostgreSQL and Valkey are stated apart. Memory is PSS: what processes share counts once.

Targets: at most 1 % of one core, at most 600 MB.
"""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

ROOT = Path(__file__).resolve().parent.parent
PERCENT, MEGABYTES = 1.0, 600
START_SECONDS = 900
TICKS = os.sysconf("SC_CLK_TCK")
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "var", "node_modules", "__pycache__", ".*_cache")
SERVERS, MAILBOX = ("postgres", "valkey", "redis"), "mailbox"
# What stands in a command line, and what the process is.
NAMES = {
    "serve_metrics": "metrics", "granian": "web", "sipcabinet.serve": "web", "local.mail": MAILBOX, "beat": "beat",
    "worker": "worker", "bin/run": "bin/run", "postgres": "postgres", "valkey": "valkey", "redis": "redis",
}  # fmt: skip


class Use(NamedTuple):
    """Processor seconds so far, and MB of PSS, of the processes of one name."""

    processes: int
    seconds: float
    megabytes: float


def children(pid: int) -> list[int]:
    """The process and all that it has started."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has ended meanwhile
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def name_of(pid: int, parent: str) -> str:
    """By the words of the command; a process without such words has its parent's name."""
    words = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    return next((name for word, name in NAMES.items() if word in words), parent)


def uses(root: int) -> dict[str, Use]:
    found: dict[str, Use] = defaultdict(lambda: Use(0, 0.0, 0.0))
    for pid in children(root):
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        pss = next(line for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines() if line[:4] == "Pss:")
        name = name_of(pid, "other")
        was = found[name]
        seconds = (int(stat[11]) + int(stat[12])) / TICKS
        found[name] = Use(was.processes + 1, was.seconds + seconds, was.megabytes + int(pss.split()[1]) / 1024)
    return dict(found)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_until_up(url: str, portal: "subprocess.Popen[bytes]") -> None:
    for _ in range(START_SECONDS):
        if portal.poll() is not None:
            sys.exit("bin/run has ended")
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own address
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(1)
    sys.exit("bin/run has not started in time")


def measured(root: int, seconds: int) -> bool:
    """Prints the use of each part in so many seconds; whether the targets are met."""
    before, begin = uses(root), time.monotonic()
    for _ in tqdm(range(seconds), file=sys.stderr):
        time.sleep(1)
    after, took = uses(root), time.monotonic() - begin
    percent = {name: 100 * (use.seconds - before.get(name, Use(0, 0, 0)).seconds) / took for name, use in after.items()}
    for name, use in sorted(after.items()):
        print(f"{name:<10} {use.processes:>2} processes {percent[name]:>6.2f} % of a core {use.megabytes:>6.0f} MB")
    ours = [name for name in after if name not in {*SERVERS, MAILBOX}]
    whole, memory = sum(percent[name] for name in ours), sum(after[name].megabytes for name in ours)
    print(f"the portal: {whole:.2f} % of a core (target {PERCENT:g}), {memory:.0f} MB (target {MEGABYTES})")
    return whole <= PERCENT and memory <= MEGABYTES


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--settle", type=int, default=20)
    parser.add_argument("--demo", action="store_true", help="with the demo operator")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sipcabinet-rest-") as folder:
        copy = shutil.copytree(ROOT, Path(folder) / "portal", ignore=LEFT_OUT, symlinks=True)
        (copy / ".venv").symlink_to((ROOT / ".venv").resolve())
        port = free_port()
        # Only what a person's shell has: the addresses of this bench's own servers are not meant for bin/run.
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "USER") if name in os.environ}
        command = [sys.executable, "bin/run", *([] if given.demo else ["--no-demo"])]
        with subprocess.Popen(command, cwd=copy, env=kept | {"PORT": str(port)}, stdout=sys.stderr) as portal:
            try:
                wait_until_up(f"http://127.0.0.1:{port}/health/", portal)
                time.sleep(given.settle)
                return 0 if measured(portal.pid, given.seconds) else 1
            finally:
                portal.send_signal(signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
