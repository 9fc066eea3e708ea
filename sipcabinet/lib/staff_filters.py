"""Filters of the desk's lists that queues link to: the rows of durable work that wait for staff (4.2)."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from sipcabinet.lib import durable

STOPPED, STALLED = "stopped", "stalled"


class TroubleFilter(admin.SimpleListFilter):
    """Durable work that stands still: given up, or due for a long time without a worker."""

    title = gettext_lazy("что не так")
    parameter_name = "trouble"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(STOPPED, gettext_lazy("не выполнено")), (STALLED, gettext_lazy("никто не берёт"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == STOPPED:
            return queryset.filter(self.stopped())
        return queryset.filter(durable.stalled()) if self.value() == STALLED else queryset

    def stopped(self) -> Q:
        """The rows of `stopped`; a subclass leaves out rows that were repeated in another way."""
        return durable.stopped()
