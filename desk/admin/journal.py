from typing import cast

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from desk.views import journal
from sipcabinet.lib import staff

PERMISSION = "accounts.view_auditevent"
PAGES = [
    staff.Page("", "desk_journal", "journal/", _("Журнал"), PERMISSION, journal.listing),
    staff.Page("", "desk_journal_export", "journal/export/", _("Журнал"), PERMISSION, journal.export),
    staff.Page("", "desk_journal_event", "journal/events/<int:pk>/", _("Действие"), PERMISSION, journal.event),
    staff.Page("", "desk_journal_look", "journal/looks/<int:pk>/", _("Просмотр"), PERMISSION, journal.look),
]
for page in PAGES:
    cast("staff.Desk", admin.site).add_page(page)
