"""Invoices, corrections, orders and guarantees, as the search finds them: by their numbers (4.1)."""

from django.db.models import F

from billing.models import Correction, DocumentOrder, Invoice, PaymentGuarantee
from desk.selectors.search.shape import EXACT, Rows, of_account, shaped
from desk.selectors.search.typed import Typed


def invoices(typed: Typed, count: int) -> list[Rows]:
    """By the number with or without zeros."""
    if typed.serial is None:
        return []
    rows = Invoice.objects.filter(serial=typed.serial).order_by("-pk")
    columns = of_account() | {"title": "number", "detail": "month", "moment": "issued_at", "amount": "total"}
    return [shaped(rows, "invoices", EXACT, count, **columns)]


def corrections(typed: Typed, count: int) -> list[Rows]:
    """By the number with or without zeros."""
    if typed.serial is None:
        return []
    rows = Correction.objects.filter(serial=typed.serial).order_by("-pk")
    columns = of_account() | {"title": "number", "detail": "reason", "moment": "issued_at", "amount": "total"}
    return [shaped(rows, "corrections", EXACT, count, **columns)]


def orders(typed: Typed, count: int) -> list[Rows]:
    """By the number that the customer quotes: `З-2026-000123`, or its end."""
    numbers = [number for number in typed.documents if number.startswith("З")]
    rows = DocumentOrder.objects.filter(number__in=numbers).order_by("-pk")
    columns = of_account() | {"title": "number", "detail": "title", "state": "state", "moment": "created_at"}
    return [shaped(rows, "orders", EXACT, count, **columns)] if numbers else []


def guarantees(typed: Typed, count: int) -> list[Rows]:
    """By the number that the customer quotes: `Г-2026-000123`, or its end."""
    numbers = [number for number in typed.documents if number.startswith("Г")]
    rows = PaymentGuarantee.objects.filter(number__in=numbers).order_by("-pk")
    columns = of_account() | {"title": "number", "state": "state", "moment": "requested_at", "amount": "amount"}
    columns |= {"detail": F("debt__entry__title")}
    return [shaped(rows, "guarantees", EXACT, count, **columns)] if numbers else []
