"""A bounded load: so many visitors at once, each with a connection of its own, each asking again once answered."""

import asyncio
import statistics
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

ANSWER_SECONDS = 30.0


@dataclass
class Load:
    """What came back: the seconds of each answer by its status; what was no answer by its error."""

    seconds: dict[int, list[float]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    lasted: float = 0.0

    def count(self, status: int) -> int:
        return len(self.seconds.get(status, []))

    def others(self, *statuses: int) -> int:
        return sum(len(times) for status, times in self.seconds.items() if status not in statuses)

    def milliseconds(self, status: int, percent: int) -> float:
        """The percentile of the answers with this status; 0 where there are none."""
        times = self.seconds.get(status, [])
        if len(times) < 2:
            return 1000 * sum(times)
        return 1000 * statistics.quantiles(times, n=100)[percent - 1]


def run(url: str, *, visitors: int, seconds: float, headers: Mapping[str, str], most: int = 0) -> Load:
    """Loads one address of this machine for `seconds`, or until `most` answers have come."""
    parts = urlsplit(url)
    if parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
        raise ValueError("only a server of this machine is loaded")
    lines = [f"GET {parts.path or '/'} HTTP/1.1", f"Host: {parts.netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    request = "\r\n".join([*lines, "", ""]).encode()
    load, begin = Load(), time.monotonic()
    asyncio.run(_crowd(load, (str(parts.hostname), parts.port or 80), request, visitors, begin + seconds, most))
    load.lasted = time.monotonic() - begin
    return load


async def _crowd(load: Load, at: tuple[str, int], request: bytes, visitors: int, until: float, most: int) -> None:
    await asyncio.gather(*(_visitor(load, at, request, until, most) for _ in range(visitors)))


async def _visitor(load: Load, at: tuple[str, int], request: bytes, until: float, most: int) -> None:
    """Asks until the time is over; a connection that breaks is opened again after a moment."""
    while time.monotonic() < until and not _enough(load, most):
        try:
            reader, writer = await asyncio.open_connection(*at)
            try:
                while time.monotonic() < until and not _enough(load, most):
                    await _ask(load, reader, writer, request)
            finally:
                writer.close()
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            load.errors[type(error).__name__] += 1
            await asyncio.sleep(0.1)


def _enough(load: Load, most: int) -> bool:
    return bool(most) and sum(map(len, load.seconds.values())) >= most


async def _ask(load: Load, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> None:
    begin = time.monotonic()
    writer.write(request)
    async with asyncio.timeout(ANSWER_SECONDS):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        if "content-length:" in head:
            await reader.readexactly(int(head.partition("content-length:")[2].partition("\r\n")[0]))
        else:
            while (size := int(await reader.readline(), 16)) > 0:
                await reader.readexactly(size + 2)
            await reader.readline()
    load.seconds.setdefault(int(head.split(" ", 2)[1]), []).append(time.monotonic() - begin)
