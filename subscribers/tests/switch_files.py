"""FreeSWITCH files written for a test."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

DIALLED = (
    "80291112233", "80331112233", "80297654321", "80172001122", "80222123456", "101", "88011001010",
    "810 7 495 1234567", "375447112031", "+48221234567",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A call of a FreeSWITCH file; `start` is local time."""

    uuid: str
    start: datetime
    calling: str = "375447112030"
    called: str = "80297654321"
    talked: int = 60
    bleg: str = ""
    code: str = ""

    def __str__(self) -> str:
        answer = self.start + timedelta(seconds=5)
        end = answer + timedelta(seconds=self.talked)
        values = (
            "Мария", self.calling, self.called, "default", self.start, answer if self.talked else "", end,
            self.talked + 5, self.talked, "NORMAL_CLEARING" if self.talked else "USER_BUSY", self.uuid, self.bleg,
            self.code, "PCMA", "PCMA",
        )  # fmt: skip
        return ",".join(f'"{value}"' for value in values) + "\n"


def write(path: Path, lines: Iterable[Line | str]) -> Path:
    path.write_text("".join(map(str, lines)))
    return path


def random_lines(count: int, seed: int = 1, days: int = 40) -> list[Line]:
    """Calls from a trunk and its number, to them and between them, over two months, in time order."""
    chance = random.Random(seed)
    start = datetime(2026, 9, 10)  # noqa: DTZ001 - a switch writes local time
    moments = sorted(chance.randrange(days * 86_400) for _ in range(count))
    lines = []
    for serial, moment in enumerate(moments):
        line = Line(
            uuid=f"u-{serial}",
            start=start + timedelta(seconds=moment),
            calling=chance.choice(["375447112030", "375447112031", "80447112030"]),
            called=chance.choice(DIALLED),
            talked=chance.choice([0, 1, 59, 61, 90, 600, 1800]),
        )
        if chance.random() < 0.2:
            line = replace(line, calling="375172001122", called=line.calling)
        lines.append(line)
    return lines
