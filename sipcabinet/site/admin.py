"""The operator's desk: Django's admin with the portal's sign-in and sign-out, and with the portal's journal."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.core.checks import CheckMessage
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from sipcabinet.lib import staff
from sipcabinet.lib.look_kinds import LookKind

APPS = ("accounts", "subscribers", "billing", "notifications", "operator_profile", "desk")


class OperatorAdminSite(staff.Desk):
    """Uses the portal's throttled sign-in page; redirects staff without a second factor to enrolment first."""

    site_header = _("SIP — кабинет оператора")
    site_title = _("SIP — кабинет оператора")
    index_title = _("Рабочий стол")
    site_url = None
    empty_value_display = "—"
    enable_nav_sidebar = False  # the desk has a navigation of its own (desk/navigation.py)

    def check(self, app_configs: Any) -> list[CheckMessage]:
        """Checks all pages: first imports them, in case `sipcabinet.urls` has not been imported yet."""
        admin.autodiscover()
        return super().check(app_configs)

    def get_urls(self) -> list[Any]:
        return [path("tables/", self.admin_view(self.tables), name="tables"), *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """«Рабочий стол», with the warnings of all apps."""
        from desk.views.first_page import first_page

        self.show_notices(request)
        return first_page(request, self.each_context(request))

    def tables(self, request: HttpRequest) -> HttpResponse:
        """«Все таблицы»: Django's list of all models that the user may open."""
        context = self.each_context(request) | {"title": _("Все таблицы"), "app_list": self.get_app_list(request)}
        return TemplateResponse(request, "admin/tables.html", context)

    def has_permission(self, request: HttpRequest) -> bool:
        verified = getattr(request.user, "is_verified", lambda: False)
        return super().has_permission(request) and verified()

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Redirects to the portal's sign-in or to the second factor: the desk has no other sign-in. Raises
        PermissionDenied for customers."""
        if request.user.is_authenticated and not request.user.is_staff:
            raise PermissionDenied
        page = "accounts:second_factor" if request.user.is_authenticated else "accounts:sign_in"
        after = {"next": request.GET.get("next", reverse("admin:index"))}
        return redirect(f"{reverse(page)}?{urlencode(after)}")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]
        """The portal's «Выйти», which ends the session and records this in the journal."""
        from accounts.views.sign_in import sign_out

        return sign_out(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]
        """Redirects to the portal's «Смена пароля», which ends the user's other sessions."""
        return redirect("accounts:password_change")

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What each page of the desk needs. Unlike Django's context, without the list of all tables: only «Все таблицы»
        shows this list, and making the list took a quarter of the time of other pages."""
        return {
            "site_title": self.site_title,
            "site_header": self.site_header,
            "site_url": self.site_url,
            "has_permission": self.has_permission(request),
            "is_popup": False,
            "is_nav_sidebar_enabled": self.enable_nav_sidebar,
        }

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The apps in the order of APPS; apps that only superusers see come last."""
        apps = super().get_app_list(request, app_label)
        return sorted(apps, key=lambda app: APPS.index(app["app_label"]) if app["app_label"] in APPS else len(APPS))

    def record(self, request: HttpRequest, *, account: Any, action: str, summary: str, details: dict[str, Any]) -> None:
        from accounts.models import User
        from accounts.services import audit

        by = request.user if isinstance(request.user, User) else None
        audit.record(action=action, account=account, user=by, summary=summary, details=details, request=request)

    def look(
        self, request: HttpRequest, kind: LookKind, subject: str, summary: str, accounts: Iterable[Any] = (None,)
    ) -> None:
        from accounts.services import looks

        looks.record(request=request, kind=kind, subject=subject, summary=summary, accounts=accounts)
