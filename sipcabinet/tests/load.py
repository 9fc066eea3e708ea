"""A bounded load: visitors with separate connections, each of whom sends the next request after an answer."""

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
    """The results: seconds of the answers by their status, and the number of broken connections by error."""

    seconds: dict[int, list[float]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    lasted: float = 0.0

    def count(self, status: int) -> int:
        return len(self.seconds.get(status, []))

    def others(self, *statuses: int) -> int:
        return sum(len(times) for status, times in self.seconds.items() if status not in statuses)

    def milliseconds(self, status: int, percent: int) -> float:
        """The percentile of the times of answers with this status; 0 if there are none."""
        times = self.seconds.get(status, [])
        if len(times) < 2:
            return 1000 * sum(times)
        return 1000 * statistics.quantiles(times, n=100)[percent - 1]


def run(url: str, *, visitors: int, seconds: float, headers: Mapping[str, str], most: int = 0) -> Load:
    """Loads one URL of this machine for `seconds`, or until `most` answers have arrived."""
    parts = urlsplit(url)
    if parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
        raise ValueError("only a server of this machine is loaded")
    lines = [f"GET {parts.path or '/'} HTTP/1.1", f"Host: {parts.netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    request = "\r\n".join([*lines, "", ""]).encode()
    load, begin = Load(), time.monotonic()
    visit = _Visit(load, (str(parts.hostname), parts.port or 80), request, begin + seconds, most)
    asyncio.run(_crowd(visit, visitors))
    load.lasted = time.monotonic() - begin
    return load


@dataclass(frozen=True, slots=True)
class _Visit:
    """The request that each visitor sends, and the condition when all visitors stop."""

    load: Load
    at: tuple[str, int]
    request: bytes
    until: float
    most: int

    @property
    def is_over(self) -> bool:
        enough = bool(self.most) and sum(map(len, self.load.seconds.values())) >= self.most
        return enough or time.monotonic() >= self.until


async def _crowd(visit: _Visit, visitors: int) -> None:
    await asyncio.gather(*(_visitor(visit) for _ in range(visitors)))


async def _visitor(visit: _Visit) -> None:
    """Sends requests until the visit is over; opens a broken connection again after a moment."""
    while not visit.is_over:
        try:
            reader, writer = await asyncio.open_connection(*visit.at)
            try:
                while not visit.is_over:
                    await _ask(visit.load, reader, writer, visit.request)
            finally:
                writer.close()
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            visit.load.errors[type(error).__name__] += 1
            await asyncio.sleep(0.1)


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
