"""The workbook of «Ежемесячная детализация»: all calls of a closed month, like «Детализация на E-mail» (3.2)."""

from typing import IO

from billing.models import DocumentOrder, ReportDirection
from billing.reports import call_detail
from billing.reports.call_detail import CONTENT_TYPE, EXTENSION, Scope
from billing.reports.making import Making
from billing.selectors.call_detail import ordered_numbers, ordered_trunks
from billing.terms import MonthlyDetailTerms
from subscribers.selectors.calls import CallTotals

__all__ = ["CONTENT_TYPE", "EXTENSION", "file_name", "write"]


def file_name(order: DocumentOrder) -> str:
    """`Ежемесячная детализация за октябрь 2026, З-2026-000123.xlsx`."""
    return f"{MonthlyDetailTerms.of(order.params).title}, {order.number}{EXTENSION}"


def write(stream: IO[bytes], order: DocumentOrder, making: Making) -> CallTotals:
    """Writes the calls of the trunks with their numbers, then those of single numbers."""
    terms = MonthlyDetailTerms.of(order.params)
    trunks = ordered_trunks(order.account, terms.trunk_ids)
    numbers = ordered_numbers(order.account, terms.number_ids)
    scope = Scope(terms.month, ReportDirection.ALL, [*trunks, *numbers])
    return call_detail.write_calls(stream, order, scope, making)
