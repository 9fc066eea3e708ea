"""«Отчёты»: figures over all customers, for those who have the right of their own."""

from typing import cast

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from desk.views import reports
from sipcabinet.lib import staff

SITE = cast("staff.Desk", admin.site)
SITE.add_page(staff.Page("desk", "desk_reports", "reports/", _("Отчёты"), reports.VIEW, reports.index))
SITE.add_page(staff.Page("desk", "desk_report", "reports/<slug:name>/", _("Отчёт"), reports.VIEW, reports.one))
