"""Pages of the written applications. The list is in the navigation; what decides also needs the right to change."""

from typing import cast

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from desk.views import application, applications
from sipcabinet.lib import staff

VIEW = "accounts.view_writtenapplication"
SITE = cast("staff.Desk", admin.site)

SITE.add_page(
    staff.Page("accounts", "desk_applications", "applications/", _("Очередь заявлений"), VIEW, applications.index)
)
SITE.add_page(
    staff.Page(
        "accounts",
        "desk_application_add",
        "applications/add/",
        _("Новое заявление"),
        applications.ADD,
        applications.add,
    )
)
SITE.add_page(staff.Page("", "desk_application", "applications/<int:pk>/", _("Заявление"), VIEW, application.one))
SITE.add_page(staff.Page("", "desk_application_scan", "applications/<int:pk>/scan/", _("Скан"), VIEW, application.scan))
