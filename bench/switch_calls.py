#!/usr/bin/env python3
"""Calls through a real Kamailio at a steady rate: every record in, once, and how late; then a limit of spending.

    bin/bench switch_calls [--calls 1000] [--rate 50] [--seconds 10] [--limited 600]

Kamailio and SIPp must be installed (`bin/run --with-switch` does that). The portal's part runs as beat runs it: records
each minute, limits every 15 seconds, the switch's jobs after them. Each call costs its first minute, 0.06 BYN.

Targets: as many records in the portal as calls, none twice, read in the order in which Kamailio wrote them, 99 % of
them at most 90 s after the end of the call; a limit is overrun by at most the calls in progress when it is reached.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from statistics import quantiles

import scratch
from django.core.management import call_command
from django.db.models import Sum
from django.test import override_settings
from local import switch as kamailio
from tqdm import tqdm

from accounts.actor import Actor
from sipcabinet.lib.sipp import Talk
from sipcabinet.tests.kamailio import real
from sipcabinet.tests.kamailio.line import GATEWAY, GATEWAY_PORT, OUTSIDE, Line
from sipcabinet.tests.kamailio.switch import PASSWORD, PHONE, Switch, tell
from subscribers.calls import feeds, imports, partitions
from subscribers.models import CallDirection, CallImport, CallRecord, LimitOwner, Subscriber, TrunkBar
from subscribers.services import limit_checks, limits
from subscribers.switch import jobs, live
from subscribers.tests.factories import ChannelAssignmentFactory, PlanTermsFactory, TrunkFactory
from subscribers.tests.price_list import load_price_list
from subscribers.tests.sip_factories import SipAccountFactory

LATE, RECORDS_EVERY, LIMITS_EVERY = 90.0, 60.0, 15.0  # seconds
FIRST_MINUTE = Decimal("0.06")
CHANNELS = 2_000


def office() -> Subscriber:
    """A trunk with many channels, without included minutes."""
    load_price_list()
    trunk = TrunkFactory.create(phone=PHONE)
    SipAccountFactory.create(trunk=trunk, login="office-1", password=PASSWORD)
    ChannelAssignmentFactory.create(subscriber=trunk, package__channels=CHANNELS)
    PlanTermsFactory.create(plan=trunk.plan, included_minutes=0)
    return trunk


class Beat:
    """Runs the portal's part at its times until `over` says that nothing is left to do."""

    def __init__(self) -> None:
        self.records_at = self.limits_at = time.monotonic()

    def run_until(self, over: Callable[[], bool], seconds: float, title: str) -> None:
        end = time.monotonic() + seconds
        with tqdm(total=round(seconds), desc=title, unit=" s", file=sys.stderr, mininterval=5) as bar:
            while not over() and time.monotonic() < end:
                self._turn()
                time.sleep(0.5)
                bar.update(round(seconds - (end - time.monotonic())) - bar.n)

    def _turn(self) -> None:
        now = time.monotonic()
        if now >= self.records_at:
            self.records_at = now + RECORDS_EVERY
            feeds.pull_all()
            if imports.drain():
                self.limits_at = now
        if now >= self.limits_at:
            self.limits_at = now + LIMITS_EVERY
            limit_checks.run()
            jobs.drain()


def made(line: Line, calls: int, rate: float, seconds: float) -> Talk:
    return line.begin(OUTSIDE, seconds=seconds, times=calls, rate=rate)


def ours() -> int:
    return CallRecord.objects.filter(direction=CallDirection.OUT).count()


def records(line: Line, beat: Beat, options: argparse.Namespace) -> bool:
    """All calls at the rate; prints what came in, and how late."""
    talk = made(line, options.calls, options.rate, options.seconds)
    wanted = options.calls
    beat.run_until(lambda: ours() >= wanted, options.calls / options.rate + options.seconds + 2 * LATE, "records")
    codes = talk.wait()
    rows = CallRecord.objects.filter(direction=CallDirection.OUT)
    late = [
        (done - started).total_seconds() - lasted if done else LATE + 1
        for started, lasted, done in rows.values_list("started_at", "duration", "call_import__finished_at")
    ]
    written = [key for (key,) in line.switch.rows("SELECT call_id FROM acc_cdrs ORDER BY id")]
    read = list(rows.order_by("pk").values_list("call_id", flat=True))
    of_import = dict(rows.values_list("call_id", "call_import_id"))
    in_order = [of_import[key] for key in written if key in of_import]
    p50, p99 = quantiles(late, n=100)[49], quantiles(late, n=100)[98]
    answered = codes.count("200")
    print(f"{options.calls} calls at {options.rate:g} a second, {options.seconds:g} s each: {answered} answered")
    print(
        f"records: {len(written)} of Kamailio, {len(read)} in the portal, {len(set(read))} different, in "
        f"{CallImport.objects.count()} imports, in the order of the switch: {in_order == sorted(in_order)}"
    )
    print(f"after the end of a call: p50 {p50:.0f} s, p99 {p99:.0f} s, at most {max(late):.0f} s (target {LATE:.0f} s)")
    good = len(written) == len(read) == len(set(read)) == answered == options.calls
    return good and p99 <= LATE and in_order == sorted(in_order)


def limited(line: Line, beat: Beat, trunk: Subscriber, options: argparse.Namespace) -> bool:
    """Calls over a limit of a third of them; prints how far they overran it, and the calls in progress then."""
    before = _cost()
    amount = before + FIRST_MINUTE * (options.limited // 3)
    limits.set_limits(trunk=trunk, owner=LimitOwner.CUSTOMER, amounts={"day_cost": amount}, by=Actor(reason="bench"))
    talk = made(line, options.limited, 10, 2 * LIMITS_EVERY)
    going: list[int] = []

    def barred() -> bool:
        if TrunkBar.objects.exists():
            going.append(sum(leg.seconds is None for leg in live.paid_legs("office-1") or []))
        return bool(going)

    beat.run_until(barred, options.limited / 10 + LATE, "limit")
    codes = talk.wait(options.limited / 10 + 2 * LIMITS_EVERY + 20)
    answered = codes.count("200")
    beat.records_at = 0
    beat.run_until(lambda: ours() >= options.calls + answered, 2 * LATE, "records")
    over = (_cost() - amount) / FIRST_MINUTE
    print(
        f"a limit of {options.limited // 3} more calls: {answered} of {options.limited} passed, {over:.0f} over the "
        f"limit; {going[0] if going else 0} calls in progress when it was reached"
    )
    return bool(going) and over <= going[0]


def _cost() -> Decimal:
    return CallRecord.objects.aggregate(sum=Sum("cost"))["sum"] or Decimal(0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=1_000)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--limited", type=int, default=600)
    options = parser.parse_args()
    if absent := kamailio.missing():
        sys.exit(f"there is no {', '.join(absent)}")
    with ExitStack() as stack:
        stack.enter_context(scratch.database())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sipcabinet-bench-")))
        address = stack.enter_context(real.database())
        told = {"PROVISIONING_BACKEND": "kamailio", "KAMAILIO_DATABASE_URL": real.url(kamailio.CABINET, address)}
        stack.enter_context(override_settings(**told, DATA_DIR=folder))
        switch = Switch(real.owner_url(address))
        gateway = f"sip:{GATEWAY}:{GATEWAY_PORT}"
        switch.rows("INSERT INTO dispatcher (setid, destination, description) VALUES (1, %s, 'gateway')", gateway)
        line = Line(
            stack.enter_context(real.running(folder, address, "#!redefine LIMIT_REQUESTS 100000")), switch, folder
        )
        partitions.open_ahead()
        trunk = office()
        tell(trunk)
        line.read_again()
        call_command("call_source", "kamailio", "--kind", "kamailio")
        stack.enter_context(line.gateway())
        beat = Beat()
        good = [records(line, beat, options), limited(line, beat, trunk, options)]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
