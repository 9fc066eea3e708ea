"""A bounded load: visitors with separate connections, each of whom sends the next request after an answer."""

import asyncio
import statistics
import time
from collections import Counter
from collections.abc import Mapping, Sequence
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

    def add(self, other: "Load") -> None:
        """Adds the results of one more run."""
        for status, times in other.seconds.items():
            self.seconds.setdefault(status, []).extend(times)
        self.errors += other.errors
        self.lasted += other.lasted

    def milliseconds(self, status: int, percent: int) -> float:
        """The percentile of the times of answers with this status; 0 if there are none."""
        times = self.seconds.get(status, [])
        if len(times) < 2:
            return 1000 * sum(times)
        return 1000 * statistics.quantiles(times, n=100)[percent - 1]


def run(
    url: str,
    *,
    visitors: int,
    seconds: float,
    headers: Mapping[str, str],
    most: int = 0,
    cookies: Sequence[str] = (),
) -> Load:
    """Loads one URL of this machine for `seconds`, or until `most` answers have arrived. The visitors take the
    `cookies` in turn, if there are any."""
    parts = urlsplit(url)
    if parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
        raise ValueError("only a server of this machine is loaded")
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    lines = [f"GET {path} HTTP/1.1", f"Host: {parts.netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    own = [[f"Cookie: {cookie}"] for cookie in cookies] or [[]]
    requests = ["\r\n".join([*lines, *cookie, "", ""]).encode() for cookie in own]
    load, begin = Load(), time.monotonic()
    visit = _Visit(load, (str(parts.hostname), parts.port or 80), begin + seconds, most)
    asyncio.run(_crowd(visit, [requests[place % len(requests)] for place in range(visitors)]))
    load.lasted = time.monotonic() - begin
    return load


@dataclass(frozen=True, slots=True)
class _Visit:
    """Where the visitors go, and the condition when all of them stop."""

    load: Load
    at: tuple[str, int]
    until: float
    most: int

    @property
    def is_over(self) -> bool:
        enough = bool(self.most) and sum(map(len, self.load.seconds.values())) >= self.most
        return enough or time.monotonic() >= self.until


async def _crowd(visit: _Visit, requests: Sequence[bytes]) -> None:
    await asyncio.gather(*(_visitor(visit, request) for request in requests))


async def _visitor(visit: _Visit, request: bytes) -> None:
    """Sends requests until the visit is over; opens a broken connection again after a moment."""
    while not visit.is_over:
        try:
            reader, writer = await asyncio.open_connection(*visit.at)
            try:
                while not visit.is_over:
                    await _ask(visit.load, reader, writer, request)
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
