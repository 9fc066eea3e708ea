#!/usr/bin/env python3
"""A one-page invoice as PDF against a PDF of one word, warm, in turn (target ≤ 8 ×); and what long appendices take.

    bin/bench pdf [--turns 30] [--numbers 200 1000]

No row is read or written: the invoice is invented, and the report gives its context to the template. Times are medians
of processor time, which other work of the machine affects least; the ratio is the median of the ratios of pairs. Each
long document is rendered once.
"""

import argparse
import resource
import statistics
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import scratch  # noqa: F401 - sets the portal up
from tqdm import tqdm

from billing.reports import invoice_documents
from billing.selectors.invoice_lines import InvoiceLine, LineGroup, SubscriberSum
from billing.tests import papers
from sipcabinet.lib import pdf
from sipcabinet.lib.money import Taxed
from sipcabinet.lib.pdf import engine
from subscribers.charges import ChargeKind
from subscribers.models import Subscriber

TARGET = 8.0
APPENDIX = 5.0  # seconds for 1,000 numbers
WARM_UP = 3
WORD = '<html lang="ru"><title>x</title><p>x</p></html>'


def groups() -> list[LineGroup]:
    """The five lines of a usual invoice."""
    net, vat = Decimal("12.00"), Decimal("3.00")
    names = {ChargeKind.FEE: 1, ChargeKind.SERVICE: 1, ChargeKind.CALLS: 3}
    found = []
    for kind, count in names.items():
        lines = [InvoiceLine(net, vat, kind, at, str(at), f"Услуга связи {at}", None, 1, 31) for at in range(count)]
        found.append(LineGroup(net * count, vat * count, kind, lines))
    return found


def context(numbers: int) -> dict[str, Any]:
    found = groups()
    parts = [Decimal("15.00"), Decimal("0.00"), Decimal("24.04")]
    people = [
        SubscriberSum(
            Decimal("31.23"), Decimal("7.81"), Subscriber(phone=f"+37517{3_000_000 + at}", label=f"Кабинет {at}"), parts
        )
        for at in range(numbers)
    ]
    return invoice_documents.context_of_invoice(papers.invoice_of(Taxed.sum_of(found)), found, people)


def timed(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=30)
    parser.add_argument("--numbers", type=int, nargs="*", default=[200, 1000])
    options = parser.parse_args()
    usual = context(1)
    work: dict[str, Callable[[], bytes]] = {
        "one word": lambda: engine.write(WORD, pdf.SECONDS, {}),
        "invoice": lambda: pdf.render(invoice_documents.INVOICE, usual, title="Счёт"),
    }
    times: dict[str, list[float]] = {name: [] for name in work}
    for turn in tqdm(range(options.turns + WARM_UP), file=sys.stderr):
        for name, make in work.items():
            took = timed(make)
            if turn >= WARM_UP:
                times[name].append(took)
    for name, values in times.items():
        print(f"{name}: median {statistics.median(values):.1f} ms")
    pairs = [b / a for a, b in zip(*times.values(), strict=True)]
    ratio = statistics.median(pairs)
    print(f"ratio, pair by pair: median {ratio:.2f} (target ≤ {TARGET:g})")
    for count in options.numbers:
        took = timed(partial(pdf.render, invoice_documents.INVOICE, context(count), title="Счёт", seconds=3600))
        print(f"appendix of {count} numbers: {took / 1000:.1f} s (target ≤ {APPENDIX * count / 1000:g} s)")
    print(f"memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")
    if ratio > TARGET:
        sys.exit(1)


if __name__ == "__main__":
    main()
