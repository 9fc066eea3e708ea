"""The pages of announcements at the desk (4.14)."""

from typing import cast

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from desk.views import announcements as views
from sipcabinet.lib import staff

APP = "desk"
VIEW, CHANGE = "announcements.view_announcement", "announcements.change_announcement"
PAGES = (
    staff.Page(APP, "desk_announcements", "announcements/", _("Объявления"), VIEW, views.listed),
    staff.Page("", "desk_announcement_new", "announcements/new/", _("Новое объявление"), CHANGE, views.new),
    staff.Page("", "desk_announcement", "announcements/<int:pk>/", _("Объявление"), VIEW, views.one),
    staff.Page("", "desk_announcement_change", "announcements/<int:pk>/change/", _("Черновик"), CHANGE, views.change),
)
for page in PAGES:
    cast("staff.Desk", admin.site).add_page(page)
