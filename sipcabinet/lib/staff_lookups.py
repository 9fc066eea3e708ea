"""Lists of the desk may be filtered only by the lookups that their page names.

Django lets everybody who sees a list filter the list by any column. With `?password__startswith=` a clerk could read a
hash letter by letter, and with the hash of a session's key he could take the session over.
"""

from collections.abc import Iterator, Sequence
from types import new_class
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.contrib import admin
from django.contrib.admin.checks import ModelAdminChecks
from django.contrib.admin.filters import ListFilter
from django.contrib.admin.utils import flatten_fieldsets, get_fields_from_path
from django.core.checks import CheckMessage, Error
from django.http import HttpRequest

from sipcabinet.lib import secret_fields

DATE_PARTS = ("year", "month", "day")  # lookups in the links of a date hierarchy

if TYPE_CHECKING:
    BaseAdmin = admin.ModelAdmin[Any]
    PageClass = type[admin.ModelAdmin[Any]]
else:
    BaseAdmin = object
    PageClass = type


class NoSecretNamed(ModelAdminChecks):
    """Makes `manage.py check` fail for a page that shows a secret field, or finds or orders rows by such a field."""

    def check(self, admin_obj: Any, **kwargs: Any) -> list[CheckMessage]:
        named = sorted({name for name in names_of(admin_obj) if secret_fields.is_on(admin_obj.model, name)})
        faults = [Error(f"names a secret: {name}", obj=type(admin_obj), id="staff.E001") for name in named]
        return [*super().check(admin_obj, **kwargs), *faults]


class NamedLookups(BaseAdmin):
    """Guards a page of the desk, also a page of a library. Must be the first base class (`guarded` puts it there)."""

    checks_class = NoSecretNamed
    named_lookups: ClassVar[Sequence[str]] = ()  # beside the filters' lookups: exact names, such as `account__number`

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Whether a list may be filtered by this parameter; a refused parameter is answered with 400."""
        named = lookup in self.named_lookups or (request is not None and lookup in self._of_filters(request))
        return named and not secret_fields.is_on(self.model, lookup)

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        """Whether rows may be requested by this field: never by a secret field, even if it is the primary key."""
        return super().to_field_allowed(request, to_field) and not secret_fields.is_on(self.model, to_field)

    def _of_filters(self, request: HttpRequest) -> frozenset[str]:
        """Parameters of the page's filters. Cached on the request: a filter by a relation reads its choices from the
        database."""
        kept: dict[Any, frozenset[str]] = request.__dict__.setdefault("_lookups_of_filters", {})
        if self not in kept:
            kept[self] = frozenset(self._parameters(request))
        return kept[self]

    def _parameters(self, request: HttpRequest) -> Iterator[str]:
        for item in self.get_list_filter(request):
            yield from cast("list[str]", _filter_of(self, item, request).expected_parameters())
        if self.date_hierarchy:
            yield from (f"{self.date_hierarchy}__{part}" for part in DATE_PARTS)


def guarded(page: PageClass) -> PageClass:
    """The page's class with the guard as its first base."""
    if issubclass(page, NamedLookups):
        return page
    return cast("PageClass", new_class(page.__name__, (NamedLookups, page)))


def names_of(page: Any) -> Iterator[str]:
    """Every name of a field or lookup that the class of a page (or of its inline rows) mentions."""
    for item in page.list_filter:
        yield str(item[0] if isinstance(item, list | tuple) else item)
    texts = [*page.list_display, *page.search_fields, *page.named_lookups, *getattr(page, "phone_search_fields", ())]
    ordered = [name for name in page.ordering or () if isinstance(name, str)]
    shown = [*page.readonly_fields, *(flatten_fieldsets(page.fieldsets) if page.fieldsets else page.fields or ())]
    for name in [*texts, *ordered, *shown, page.date_hierarchy or ""]:
        yield str(name).lstrip("-^=@")


def _filter_of(page: Any, item: Any, request: HttpRequest) -> ListFilter:
    """A filter as Django's list creates it, without a chosen value."""
    if callable(item):
        return cast("ListFilter", item(request, {}, page.model, page))
    path, make = item if isinstance(item, list | tuple) else (item, admin.FieldListFilter.create)
    field = get_fields_from_path(page.model, path)[-1]
    return cast("ListFilter", make(field, request, {}, page.model, page, field_path=path))
