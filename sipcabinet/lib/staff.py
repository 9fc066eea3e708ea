"""What the staff's pages of every room have in common: Django's admin, audited, where nothing is deleted by default."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sipcabinet.lib import phones, staff_lookups
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.errors import DomainError

M = TypeVar("M", bound=models.Model)
_NOT_IN_A_PHONE = re.compile(r"[^\d\s()+./\u2010-\u2015\u2212-]")
SUMMARY_LENGTH = 300
STATE_TONES = {JobState.WAITING: "info", JobState.DONE: "ok", JobState.REFUSED: "err", JobState.PARKED: "err"}
SHORTEST_PART = 3  # digits of a phone that are worth a search

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin
    TabularInline = admin.TabularInline
else:

    class ModelAdmin(admin.ModelAdmin):
        """Takes its model in brackets, as the type checker wants it."""

        def __class_getitem__(cls, item: Any) -> type:
            return cls

    class TabularInline(admin.TabularInline):
        """Takes its models in brackets, as the type checker wants it."""

        def __class_getitem__(cls, item: Any) -> type:
            return cls


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the desk that is no model's: its address below /admin/, and where its link stands."""

    app_label: str
    name: str
    path: str
    title: str | Promise
    permission: str
    view: Callable[[HttpRequest], HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Notice:
    """What staff with a permission are warned of on the desk's first page; `text` is empty while all is well."""

    permission: str
    text: Callable[[], str]

    def show(self, request: HttpRequest) -> None:
        """Puts the warning on the page that is being answered."""
        if request.user.has_perm(self.permission) and (text := self.text()):
            messages.warning(request, text)


class Desk(admin.AdminSite):
    """The site the pages stand on. The room that knows the audit journal says how a write is recorded (4.10)."""

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.pages: list[Page] = []
        self.notices: list[Notice] = []

    def add_page(self, page: Page) -> None:
        """Adds a page; called by the admin package of its room."""
        self.pages.append(page)

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Takes no page without the guard of its lookups: a library's gets it here."""
        super().register(model_or_iterable, staff_lookups.guarded(admin_class or admin.ModelAdmin), **options)

    def autocomplete_view(self, request: HttpRequest) -> Any:
        """Rows to choose from, for fields that a page completes so, and for whoever may write such rows."""
        if not any(_completes(page, request) for page in self._registry.values()):
            raise PermissionDenied
        return super().autocomplete_view(request)

    def add_notice(self, notice: Notice) -> None:
        """Adds a warning to the first page; called by the admin package of its room."""
        self.notices.append(notice)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        for notice in self.notices:
            notice.show(request)
        return super().index(request, extra_context)

    def get_urls(self) -> list[Any]:
        own = [path(page.path, self.admin_view(self._guarded(page)), name=page.name) for page in self.pages]
        return [*own, *super().get_urls()]

    def _guarded(self, page: Page) -> Callable[[HttpRequest], HttpResponseBase]:
        """The view for those who have the page's permission, 403 for others."""

        def guarded(request: HttpRequest) -> HttpResponseBase:
            if not request.user.has_perm(page.permission):
                raise PermissionDenied
            return page.view(request)

        return guarded

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Django's list of models with the pages among them."""
        apps = super().get_app_list(request, app_label)
        for page in self.pages:
            for app in apps:
                if app["app_label"] == page.app_label and request.user.has_perm(page.permission):
                    app["models"].append(self._entry(page))
        return apps

    def _entry(self, page: Page) -> dict[str, Any]:
        url = reverse(f"{self.name}:{page.name}")
        return {"name": page.title, "object_name": page.name, "admin_url": url, "add_url": None, "view_only": True}

    def record(self, request: HttpRequest, *, account: Any, action: str, summary: str, details: dict[str, Any]) -> None:
        """Writes an event of the staff user at the desk into an account's journal (None: the operator's own), in the
        transaction of the write itself."""
        raise NotImplementedError


class StaffAdmin(staff_lookups.NamedLookups, ModelAdmin[M]):
    """A page of staff: every write is audited in its own transaction, nothing can be deleted, rows are found by what
    the page names alone, and phones in any spelling by `phone_search_fields`."""

    list_per_page = 50
    phone_search_fields: ClassVar[Sequence[str]] = ()
    audit_noun = ""  # what an event's code begins with, where it is not the model's name

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """A rule that somebody else's change broke after the form was checked: nothing is written, and it is told."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except DomainError as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_act_permission(self, request: HttpRequest) -> bool:
        """May run actions: whoever may change such rows, also where the rows themselves are read-only."""
        name = f"{self.opts.app_label}.change_{self.opts.model_name}"
        return bool(request.user.has_perm(name))

    def accounts_of(self, obj: M) -> Iterable[Any]:
        """The accounts in whose journals a write to this row belongs; None is the operator's own journal."""
        return [getattr(obj, "account", None)]

    def record(self, request: HttpRequest, obj: M, event: str, summary: str, **details: Any) -> None:
        """An event such as `letter.resent`; call it inside the transaction of the write."""
        for account in self.accounts_of(obj):
            self._write_down(request, account, event, summary, {"id": str(obj.pk), **details})

    def record_all(self, request: HttpRequest, event: str, summary: str, **details: Any) -> None:
        """An event of many rows at once, in the operator's own journal."""
        self._write_down(request, None, event, summary, details)

    def _write_down(
        self, request: HttpRequest, account: Any, event: str, summary: str, details: dict[str, Any]
    ) -> None:
        action = f"{self.audit_noun or self.opts.model_name}.{event}"
        desk = cast("Desk", self.admin_site)
        desk.record(request, account=account, action=action, summary=summary[:SUMMARY_LENGTH], details=details)

    def log_addition(self, request: HttpRequest, obj: M, message: Any) -> LogEntry:
        self.record(request, obj, "added", _("Добавлено: %(what)s") % {"what": self._named(obj)})
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: M, message: Any) -> LogEntry:
        if fields := changed_fields(message):
            summary = _("Изменено: %(what)s: %(fields)s") % {"what": self._named(obj), "fields": ", ".join(fields)}
            self.record(request, obj, "changed", summary, fields=fields)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for obj in queryset:
            self.record(request, obj, "deleted", _("Удалено: %(what)s") % {"what": self._named(obj)})
        return super().log_deletions(request, queryset)

    def _named(self, obj: M) -> str:
        return f"{self.opts.verbose_name} {obj}"

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Amounts are typed with a decimal comma, as they are shown; a point is understood too."""
        if isinstance(db_field, models.DecimalField):
            kwargs["localize"] = True
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[M], search_term: str
    ) -> tuple[models.QuerySet[M], bool]:
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        part = phone_part(search_term)
        if not part or not self.phone_search_fields:
            return found, may_repeat
        wanted = Q(pk__in=found.values("pk"))
        for field in self.phone_search_fields:
            wanted |= Q(**{f"{field}__contains": part})
        return queryset.filter(wanted), True

    @admin.display(description=gettext_lazy("состояние"), ordering="state")
    def shown_state(self, job: Any) -> SafeString:
        """The state of durable work, coloured."""
        return badge(STATE_TONES[job.state], job.get_state_display())

    def do_each(self, request: HttpRequest, rows: Iterable[M], work: Callable[[M], object], *, done: str) -> None:
        """An action on chosen rows, each in its own transaction; refusals are shown, `done` is told with its count."""
        count = 0
        for row in rows:
            try:
                with transaction.atomic():
                    work(row)
            except DomainError as refusal:
                self.message_user(request, f"{row}: {refusal.message}", messages.ERROR)
            else:
                count += 1
        if count:
            self.message_user(request, f"{done}: {count}", messages.SUCCESS)


class ReadOnlyAdmin(StaffAdmin[M]):
    """Rows that a machine writes, or that are never rewritten: staff look at them and run actions."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        view = f"{self.opts.app_label}.view_{self.opts.model_name}"
        return bool(request.user.has_perm(view)) or self.has_act_permission(request)


class ReadOnlyInline(TabularInline[Any, Any]):
    """Rows shown on their parent's page and changed elsewhere."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _completes(page: Any, request: HttpRequest) -> bool:
    """Whether the page has the field that choices are asked for, and may be written by who asks."""
    asked = f"{request.GET.get('app_label')}.{request.GET.get('model_name')}".lower()
    if asked != page.opts.label_lower or request.GET.get("field_name") not in page.get_autocomplete_fields(request):
        return False
    return bool(page.has_add_permission(request) or page.has_change_permission(request))


def badge(tone: str, label: str) -> SafeString:
    """A state in its colour: `ok`, `warn`, `err`, `info`, or empty for a neutral one."""
    return format_html('<span class="badge {}">{}</span>', tone, label)


def phone_part(term: str) -> str:
    """The digits to look for where the term may be a number or its part, else an empty string."""
    if _NOT_IN_A_PHONE.search(term):
        return ""
    found = phones.digits(term)
    return found if len(found) >= SHORTEST_PART else ""


def changed_fields(message: Any) -> list[str]:
    """Names of fields from the admin's own message about a change, those of inline rows with them."""
    parts = json.loads(message) if isinstance(message, str) and message.startswith("[") else message
    if not isinstance(parts, list):
        return []
    names: list[str] = []
    for part in parts:
        for event, told in part.items():
            names.extend(told.get("fields", []) if event == "changed" else [told.get("name", event)])
    return names
