"""Filters of the desk's lists: rows of one customer (4.1), and durable work that waits for staff (4.2)."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sipcabinet.lib import durable

STOPPED, STALLED = "stopped", "stalled"
OWNER = "account"  # the reference to the account, whose own reference is `customer`
LONGEST_KEY = 18  # digits that fit into a row's id


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


class CustomerFilter(admin.SimpleListFilter):
    """`?of_customer=12`: rows of one customer. The list offers no choice of customers; it shows the chosen one, and the
    way back to all rows. An unknown customer has no rows."""

    title = gettext_lazy("клиент")
    parameter_name = "of_customer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        value = self.value()
        if value is None:
            return []
        customers = model_admin.model._meta.get_field(OWNER).related_model._meta.get_field("customer").related_model
        found = customers._default_manager.filter(pk=value).first() if _is_key(value) else None
        return [(value, str(found) if found else _("такого клиента нет"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value is None:
            return queryset
        return queryset.filter(**{f"{OWNER}__customer": value}) if _is_key(value) else queryset.none()


def fits(model: type[models.Model]) -> bool:
    """Whether rows of the model belong to an account, and so to a customer."""
    try:
        field = model._meta.get_field(OWNER)
    except FieldDoesNotExist:
        return False
    return isinstance(field, models.ForeignKey)


def _is_key(value: str) -> bool:
    return value.isascii() and value.isdecimal() and len(value) <= LONGEST_KEY
