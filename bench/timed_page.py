"""The time of one request, for the benchmarks of pages."""

import sys
import time

from django.test import Client


def timed(client: Client, path: str) -> float:
    """Milliseconds of a GET. Ends the benchmark if the page answers anything but 200."""
    begin = time.perf_counter()
    response = client.get(path)
    took = time.perf_counter() - begin
    if response.status_code != 200:
        sys.exit(f"{path} answered {response.status_code}")
    return took * 1000
