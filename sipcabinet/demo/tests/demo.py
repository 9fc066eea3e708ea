"""Loads a small demo operator at a fixed moment for tests, and compares two loads."""

import json
from datetime import datetime
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.db.models import Q, QuerySet

from accounts.models import AuditEvent, SignIn
from billing.models import DocumentOrder
from sipcabinet.lib.clock import MINSK
from subscribers.models import CallRecord, CallReject, Subscriber

NOON = datetime(2026, 10, 14, 12, 0, tzinfo=MINSK)
SMALL = ["--calls", "800", "--months", "2", "--verbosity", "0"]


def load(*options: str) -> dict[str, Any]:
    out = StringIO()
    call_command("demo_data", *SMALL, *options, "--json", stdout=out)
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def fingerprint() -> dict[str, Any]:
    """The rows to compare, without ids, keys and hashes."""
    call = ["started_at", "direction", "outcome", "other_party", "talk_seconds", "cost", "included_seconds", "call_id"]
    order = ["title", "state", "account__number", "due_at"]
    return {
        "calls": sorted(CallRecord.objects.values_list("subscriber__phone", *call)),
        "numbers": sorted(Subscriber.objects.values_list("phone", "label", "kind", "status", "connected_at")),
        "rejects": sorted(CallReject.objects.values_list("raw", "code", "line_no")),
        "sign_ins": sorted(SignIn.objects.values_list("user__phone", "at", "outcome", "address")),
        "orders": sorted(DocumentOrder.objects.values_list(*order)),
        "journal": sorted(_journal().values_list("action", "summary", "at")),
    }


def _journal() -> QuerySet[AuditEvent]:
    """The journal without events that contain numbers of a sequence: undoing a load does not reset the sequence."""
    numbered = Q(action__startswith="order.") | Q(action__startswith="guarantee.") | Q(action__startswith="debt.")
    return AuditEvent.objects.exclude(numbered)
