"""Time and its effects: calls, month closes, corrections, changed prices and requisites."""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from billing.models import Invoice
from billing.services import closing, corrections
from billing.services.corrections import CorrectionError
from billing.tests.machine.base import PLACES, Base, refused
from billing.tests.machine.model import Bill, Prices, after, month_of
from billing.tests.machine.world import END
from sipcabinet.lib.clock import MINSK
from sipcabinet.lib.periods import Month, midnight
from subscribers.calls import imports
from subscribers.calls.months import MonthNotOverError
from subscribers.models import Charge, PlanTerms, Rate

HEADER = "call_id,calling,called,started_at,billsec"
# The subscriber, the destination, how many hours ago the call began, its minutes.
CALLS = st.tuples(PLACES, PLACES, st.integers(1, 24 * 40), st.integers(1, 30))


class Months(Base):
    """`lines` are the lines of imported calls, `files` the imported files with their call counts."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.files: list[tuple[Path, int]] = []

    @rule(hours=st.integers(1, 23))
    @precondition(lambda self: self.now() < END)
    def hours_pass(self, hours: int) -> None:
        self.move(self.now() + timedelta(hours=hours))

    @rule(days=st.integers(1, 45))
    @precondition(lambda self: self.now() < END - timedelta(days=45))
    def days_pass(self, days: int) -> None:
        self.move(self.now() + timedelta(days=days))

    @rule(last_second=st.booleans())
    @precondition(lambda self: self.now() < END - timedelta(days=45))
    def the_month_ends(self, last_second: bool) -> None:
        border = midnight(after(month_of(self.today())))
        self.move(border - timedelta(seconds=1) if last_second else border)

    @rule(calls=st.lists(CALLS, min_size=1, max_size=4), known=st.lists(PLACES, max_size=3), seed=st.integers(0, 99))
    def calls_come_in(self, calls: list[tuple[int, int, int, int]], known: list[int], seed: int) -> None:
        """Imports new calls, shuffled among some imported earlier."""
        new = [self._call(*call) for call in calls]
        repeated = {self.lines[place % len(self.lines)] for place in known if self.lines}
        told = random.Random(seed).sample([*new, *sorted(repeated)], len(new) + len(repeated))
        path = self.folder / f"calls-{self.next_serial()}.csv"
        path.write_text("\n".join([HEADER, *told, ""]))
        counts = self._take_calls(path)
        assert (counts.new, counts.duplicate, counts.rejected) == (len(new), len(repeated), 0)
        self.lines += new
        self.files.append((path, len(told)))

    @rule(place=PLACES)
    @precondition(lambda self: bool(self.files))
    def calls_come_in_again(self, place: int) -> None:
        path, count = self.files[place % len(self.files)]
        counts = self._take_calls(path)
        assert (counts.new, counts.duplicate, counts.rejected) == (0, count, 0)

    @rule(days=st.integers(0, 20))
    @precondition(lambda self: self.now() < END - timedelta(days=45))
    def the_next_month_closes(self, days: int) -> None:
        """Closing is refused before the month's end; it works `days` days after the end."""
        month = Month.of(after(self.model.closed))
        if self.now() < month.end:
            assert refused(MonthNotOverError, partial(closing.run, month=month))
            self.move(month.end + timedelta(days=days))
        done = closing.run(month=month)
        assert (done.issued, done.known, done.failures) == (len(self.accounts), 0, [])
        assert self.model.close(self.today()) == month.first_day

    @rule(place=PLACES)
    @precondition(lambda self: bool(self.model.bills))
    def a_month_closes_again(self, place: int) -> None:
        done = closing.run(month=Month.of(self._bill(place).month))
        assert (done.issued, done.known, done.failures) == (0, len(self.accounts), [])

    @rule(place=PLACES, line=PLACES, net=st.integers(0, 5_000))
    @precondition(lambda self: bool(self.model.bills))
    def an_invoice_is_corrected(self, place: int, line: int, net: int) -> None:
        bill, amount = self._bill(place), Decimal(net) / 100
        key = sorted(bill.charges, key=str)[line % len(bill.charges)]
        invoice = Invoice.objects.select_related("account").get(account_id=bill.account, month=bill.month)
        subscriber, kind, thing, late_of = key
        charge = Charge.objects.get(
            closing_id=invoice.closing_id, subscriber=subscriber, kind=kind, key=thing, late_of=late_of
        )
        same = {**bill.charges, **bill.mended}[key][0] == amount
        issue = partial(corrections.issue, invoice=invoice, changes=[(charge, amount)], reason="Ошибка")
        assert refused(CorrectionError, issue) == same
        if not same:
            added = self.model.correct(bill, key, amount, self.today())
            assert invoice.corrected_by.latest("serial").total == added
            self.reached["corrected"] += 1
            self.reached["corrected upwards"] += added > 0

    @rule(place=PLACES, fee=st.integers(0, 5_000), since=st.sampled_from(["open", "tomorrow", "next"]))
    def a_fee_changes(self, place: int, fee: int, since: str) -> None:
        """Changes a fee from some day of an open month."""
        plan = self.world.plans[place % len(self.world.plans)]
        today = self.today()
        days = {
            "open": after(self.model.closed),
            "tomorrow": today + timedelta(days=1),
            "next": after(month_of(today)),
        }
        if self._dearer(self.model.fees[plan.pk], days[since], Decimal(fee) / 100):
            PlanTerms.objects.filter(plan=plan, valid_until=None).update(valid_until=days[since])
            PlanTerms.objects.create(plan=plan, monthly_fee=Decimal(fee) / 100, valid_from=days[since])

    @rule(place=PLACES, micro=st.integers(0, 2_000_000))
    def a_rate_changes(self, place: int, micro: int) -> None:
        """Changes a rate from tomorrow: imported calls keep their prices."""
        pk = sorted(self.world.destinations)[place % len(self.world.destinations)]
        since, price = self.today() + timedelta(days=1), Decimal(micro) / 1_000_000
        if self._dearer(self.model.rates[pk], since, price):
            former = Rate.objects.get(destination_id=pk, valid_until=None)
            Rate.objects.filter(pk=former.pk).update(valid_until=since)
            former.pk, former.valid_from, former.price_per_minute = None, since, price
            former.save(force_insert=True)

    def _call(self, whose: int, where: int, hours_ago: int, minutes: int) -> str:
        subscriber = self.world.subscribers[whose % len(self.world.subscribers)]
        pk = sorted(self.world.destinations)[where % len(self.world.destinations)]
        started_at = self.now().replace(microsecond=0) - timedelta(hours=hours_ago)
        seconds = minutes * 60 - 59 * (minutes > 1)  # a started minute is charged in full
        self.model.call(subscriber.pk, pk, started_at.date(), minutes)
        self.reached["late call"] += self.model.calls[-1].charged_in > self.model.calls[-1].month
        told = (f"call-{self.next_serial()}", subscriber.phone, self.world.destinations[pk], _stamp(started_at))
        return ",".join([*told, str(seconds)])

    def _take_calls(self, path: Path) -> imports.ImportCounts:
        return imports.run(imports.begin(path=path, source=self.world.source), path)

    def _bill(self, place: int) -> Bill:
        return self.model.bills[place % len(self.model.bills)]

    @staticmethod
    def _dearer(prices: Prices, since: date, price: Decimal) -> bool:
        """Adds the price if its day is later than that of the last price."""
        if since <= prices[-1][0]:
            return False
        prices.append((since, price))
        return True


def _stamp(moment: datetime) -> str:
    return moment.astimezone(MINSK).strftime("%Y-%m-%d %H:%M:%S")
