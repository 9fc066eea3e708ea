#!/usr/bin/env python3
"""What the second wall costs a page: the same request with the portal role and with a plain transaction, in turn.

    DATABASE_URL=… python bench/second_wall.py [--requests 300] [--path /]

Needs a database with the demo operator loaded. Prints medians in milliseconds and the ratio of the pairs.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sipcabinet.settings")

import django

django.setup()

from django.db import transaction  # noqa: E402
from django.test import Client  # noqa: E402
from tqdm import tqdm  # noqa: E402

from accounts.models import User  # noqa: E402
from sipcabinet.lib import tenancy  # noqa: E402


@contextmanager
def plain(_account_id: int) -> Iterator[None]:
    """The first wall alone."""
    with transaction.atomic():
        yield


def timed(client: Client, path: str) -> float:
    start = time.perf_counter()
    response = client.get(path)
    took = time.perf_counter() - start
    if response.status_code != 200:
        sys.exit(f"{path} answered {response.status_code}")
    return took * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--path", default="/")
    options = parser.parse_args()
    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.filter(account__isnull=False).order_by("pk")[0])
    real: Callable[..., object] = tenancy.portal
    walls = {"both walls": real, "first wall alone": plain}
    times: dict[str, list[float]] = {name: [] for name in walls}
    for turn in tqdm(range(options.requests + 5), file=sys.stderr):
        for name, wall in walls.items():
            tenancy.portal = wall  # type: ignore[assignment]
            took = timed(client, options.path)
            if turn >= 5:  # the first ones warm up
                times[name].append(took)
    for name, values in times.items():
        print(f"{name}: median {statistics.median(values):.2f} ms")
    pairs = [a / b for a, b in zip(*times.values(), strict=True)]
    print(f"ratio, pair by pair: median {statistics.median(pairs):.3f}")


if __name__ == "__main__":
    main()
