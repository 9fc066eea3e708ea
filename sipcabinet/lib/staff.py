"""Base classes of the staff's pages in every app: Django's admin, audited; by default nothing can be deleted."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
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

from sipcabinet.lib import changes, phones, staff_changes, staff_export, staff_filters, staff_lookups
from sipcabinet.lib.changes import Changes
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.look_kinds import LookKind

M = TypeVar("M", bound=models.Model)
SUMMARY_LENGTH = 300
STATE_TONES = {JobState.WAITING: "info", JobState.DONE: "ok", JobState.REFUSED: "err", JobState.PARKED: "err"}

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin
    TabularInline = admin.TabularInline
else:

    class ModelAdmin(admin.ModelAdmin):
        """Django's class, which also accepts its model in brackets: the type checker needs `ModelAdmin[M]`."""

        def __class_getitem__(cls, item: Any) -> type:
            return cls

    class TabularInline(admin.TabularInline):
        """Django's class, which also accepts its models in brackets: the type checker needs them."""

        def __class_getitem__(cls, item: Any) -> type:
            return cls


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the desk without a model: its path below /admin/, and the app (`app_label`) that lists its link. A path
    with arguments (`customers/<int:pk>/`) is not listed. With an empty `permission` the page opens for all staff."""

    app_label: str
    name: str
    path: str
    title: str | Promise
    permission: str
    view: Callable[..., HttpResponseBase]

    @property
    def is_listed(self) -> bool:
        return bool(self.app_label) and "<" not in self.path

    def is_for(self, user: Any) -> bool:
        """Whether a user of the staff may open the page."""
        return not self.permission or bool(user.has_perm(self.permission))


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning on the desk's first page for staff with `permission`; `text` returns "" when there is no problem."""

    permission: str
    text: Callable[[], str]

    def show(self, request: HttpRequest) -> None:
        """Adds the warning to the page of this request."""
        if request.user.has_perm(self.permission) and (text := self.text()):
            messages.warning(request, text)


class Desk(admin.AdminSite):
    """The admin site of all staff pages. The app with the audit journal implements `record` (4.10)."""

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.pages: list[Page] = []
        self.notices: list[Notice] = []

    def add_page(self, page: Page) -> None:
        """Adds a page. Called by the admin package of the page's app."""
        self.pages.append(page)

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Registers models. Every page gets the guard of its lookups here, also a page of a library."""
        super().register(model_or_iterable, staff_lookups.guarded(admin_class or admin.ModelAdmin), **options)

    def autocomplete_view(self, request: HttpRequest) -> Any:
        """Choices of an autocomplete field. Raises PermissionDenied for staff who may not write rows with the field."""
        if not any(_completes(page, request) for page in self._registry.values()):
            raise PermissionDenied
        return super().autocomplete_view(request)

    def add_notice(self, notice: Notice) -> None:
        """Adds a warning to the desk's first page. Called by the admin package of the warning's app."""
        self.notices.append(notice)

    def show_notices(self, request: HttpRequest) -> None:
        """Adds the warnings that the user may see to the page of this request."""
        for notice in self.notices:
            notice.show(request)

    def get_urls(self) -> list[Any]:
        own = [path(page.path, self.admin_view(self._guarded(page)), name=page.name) for page in self.pages]
        return [*own, *super().get_urls()]

    def _guarded(self, page: Page) -> Callable[..., HttpResponseBase]:
        """The page's view for users who have the page's permission; raises PermissionDenied (403) for others."""

        def guarded(request: HttpRequest, **arguments: Any) -> HttpResponseBase:
            if not page.is_for(request.user):
                raise PermissionDenied
            return page.view(request, **arguments)

        return guarded

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Django's list of apps and models, with the pages added to the models of their app."""
        apps = super().get_app_list(request, app_label)
        for page in self.pages:
            for app in apps:
                if page.is_listed and app["app_label"] == page.app_label and page.is_for(request.user):
                    app["models"].append(self._entry(page))
        return apps

    def _entry(self, page: Page) -> dict[str, Any]:
        url = reverse(f"{self.name}:{page.name}")
        return {"name": page.title, "object_name": page.name, "admin_url": url, "add_url": None, "view_only": True}

    def record(self, request: HttpRequest, *, account: Any, action: str, summary: str, details: dict[str, Any]) -> None:
        """Writes an event of the signed-in staff user into an account's journal (None: the operator's own journal).
        Call it in the transaction of the write."""
        raise NotImplementedError

    def look(
        self, request: HttpRequest, kind: LookKind, subject: str, summary: str, accounts: Iterable[Any] = (None,)
    ) -> None:
        """Records that the signed-in staff user sees `subject` of these accounts (None: of several accounts, or of the
        operator). Call it before the page or file is returned; neither text may contain a dialled number."""
        raise NotImplementedError


class StaffAdmin(staff_lookups.NamedLookups, staff_export.ExportedTable, ModelAdmin[M]):
    """A staff page. Every write is audited in the transaction of the write, and nothing can be deleted. Rows are found
    only by lookups that the page names, and by telephone numbers in any spelling (`phone_search_fields`)."""

    list_per_page = 50
    phone_search_fields: ClassVar[Sequence[str]] = ()
    audit_noun = ""  # first part of an event's code, if not the model's name
    fixed_fields: ClassVar[Sequence[str]] = ()  # only read once the row exists
    row_pages: ClassVar[Mapping[str, str]] = {}  # pages below a row's path, each with the method that answers it
    recorded_elsewhere: ClassVar[Sequence[str]] = ()  # fields whose change another event records

    def get_urls(self) -> list[Any]:
        """Django's pages and `row_pages`; page `p` of a model `m` is named `app_m_p`."""
        start = f"{self.opts.app_label}_{self.opts.model_name}"
        pages = [
            path(f"<int:pk>/{name}/", self.admin_site.admin_view(getattr(self, method)), name=f"{start}_{name}")
            for name, method in self.row_pages.items()
        ]
        return [*pages, *super().get_urls()]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """The page's filters, and the filter by customer for rows of accounts (`?of_customer=12`)."""
        own = [*super().get_list_filter(request)]
        return [*own, staff_filters.CustomerFilter] if staff_filters.fits(self.model) else own

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [*super().get_readonly_fields(request, obj), *(self.fixed_fields if obj else ())]

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Shows a DomainError as a message and writes nothing: another change may break a rule after the form check."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except DomainError as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Whether the user may run actions: users who may change such rows can, also where the page is read-only."""
        name = f"{self.opts.app_label}.change_{self.opts.model_name}"
        return bool(request.user.has_perm(name))

    def accounts_of(self, obj: M) -> Iterable[Any]:
        """Accounts whose journals record a write to this row; None stands for the operator's own journal."""
        return [getattr(obj, "account", None)]

    def record(self, request: HttpRequest, obj: M, event: str, summary: str, **details: Any) -> None:
        """Records an event such as `letter.resent`. Call it inside the transaction of the write."""
        for account in self.accounts_of(obj):
            self._write_down(request, account, event, summary, {"id": str(obj.pk), **details})

    def record_all(self, request: HttpRequest, event: str, summary: str, **details: Any) -> None:
        """Records one event for many rows, in the operator's own journal."""
        self._write_down(request, None, event, summary, details)

    def _write_down(
        self, request: HttpRequest, account: Any, event: str, summary: str, details: dict[str, Any]
    ) -> None:
        action = f"{self.audit_noun or self.opts.model_name}.{event}"
        desk = cast("Desk", self.admin_site)
        desk.record(request, account=account, action=action, summary=summary[:SUMMARY_LENGTH], details=details)

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Django's message, which also holds the changed values for `log_addition` and `log_change`."""
        message = super().construct_change_message(request, form, formsets, add)
        changed = staff_changes.of_forms(form, formsets, is_new=add)
        return staff_changes.Told(message, {k: v for k, v in changed.items() if k not in self.recorded_elsewhere})

    def log_addition(self, request: HttpRequest, obj: M, message: Any) -> LogEntry:
        summary = _("Добавлено: %(what)s") % {"what": self._named(obj)}
        self._record_values(request, obj, "added", summary, staff_changes.of_message(message))
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: M, message: Any) -> LogEntry:
        if fields := changed_fields(message):
            summary = _("Изменено: %(what)s: %(fields)s") % {"what": self._named(obj), "fields": ", ".join(fields)}
            self._record_values(request, obj, "changed", summary, staff_changes.of_message(message))
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for obj in queryset:
            summary = _("Удалено: %(what)s") % {"what": self._named(obj)}
            self._record_values(request, obj, "deleted", summary, staff_changes.of_deleted(obj))
        return super().log_deletions(request, queryset)

    def _record_values(self, request: HttpRequest, obj: M, event: str, summary: str, changed: Changes) -> None:
        self.record(request, obj, event, summary, **({changes.KEY: changed} if changed else {}))

    def _named(self, obj: M) -> str:
        return f"{self.opts.verbose_name} {obj}"

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Form fields for amounts accept a decimal comma, as amounts are shown, and also a decimal point."""
        if isinstance(db_field, models.DecimalField):
            kwargs["localize"] = True
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[M], search_term: str
    ) -> tuple[models.QuerySet[M], bool]:
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        part = phones.part(search_term)
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
        """Runs `work` on each chosen row in a separate transaction. Shows refusals, and `done` with a count of rows."""
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
    """A page of rows that the portal itself writes, or that never change: staff only view them and run actions."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        view = f"{self.opts.app_label}.view_{self.opts.model_name}"
        return bool(request.user.has_perm(view)) or self.has_act_permission(request)


class ReadOnlyInline(TabularInline[Any, Any]):
    """Rows that are shown on their parent's page and are changed on another page. With `named_rows` the row's own name
    stands before its fields; else the first field is its title."""

    template = "admin/edit_inline/rows.html"
    named_rows: ClassVar[bool] = False
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _completes(page: Any, request: HttpRequest) -> bool:
    """Whether the page has the requested autocomplete field, and the user may add or change the page's rows."""
    asked = f"{request.GET.get('app_label')}.{request.GET.get('model_name')}".lower()
    if asked != page.opts.label_lower or request.GET.get("field_name") not in page.get_autocomplete_fields(request):
        return False
    return bool(page.has_add_permission(request) or page.has_change_permission(request))


def next_in_queue(queue: str, pk: Any) -> str:
    """The address that leads from a decided row to the next waiting one of its queue (desk/queues.py), or to the list
    when nothing waits any more."""
    return f"{reverse('admin:desk_queue_next', args=[queue])}?after={pk}"


def badge(tone: str, label: str) -> SafeString:
    """A label in the colour of its tone: `ok`, `warn`, `err`, `info`, or "" for neutral."""
    return format_html('<span class="badge {}">{}</span>', tone, label)


def changed_fields(message: Any) -> list[str]:
    """Names of the changed fields, taken from the admin's message about a change, and of the changed inline rows."""
    parts = json.loads(message) if isinstance(message, str) and message.startswith("[") else message
    if not isinstance(parts, list):
        return []
    names: list[str] = []
    for part in parts:
        for event, told in part.items():
            names.extend(told.get("fields", []) if event == "changed" else [told.get("name", event)])
    return names
