"""Pages of switch files and their rejected lines (4.4)."""

from typing import cast

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from desk.views import call_file_undo, call_files, call_sources, held_calls, reject_groups
from sipcabinet.lib import staff

VIEW = "subscribers.view_callimport"
_NAME, _REJECTS = _("Файл звонков"), _("Отклонённые звонки по причинам")
_HELD = _("Звонок на проверке")
_SOURCE = _("Источник звонков")
PAGES = (
    staff.Page("", "desk_call_file_upload", "calls/imports/new/", _NAME, call_files.ADD, call_files.upload),
    staff.Page("", "desk_call_file_draft", "calls/imports/drafts/<int:pk>/", _NAME, call_files.ADD, call_files.draft),
    staff.Page("", "desk_call_file", "calls/imports/<int:pk>/", _NAME, VIEW, call_files.one),
    staff.Page("", "desk_call_file_status", "calls/imports/<int:pk>/status/", _NAME, VIEW, call_files.status),
    staff.Page("", "desk_call_file_report", "calls/imports/<int:pk>/report/", _NAME, VIEW, call_files.report),
    staff.Page(
        "",
        "desk_call_file_undo",
        "calls/imports/<int:pk>/undo/",
        _("Отменить загрузку"),
        call_files.ADD,
        call_file_undo.undo,
    ),
    staff.Page("", "desk_rejects", "calls/rejects/", _REJECTS, reject_groups.VIEW, reject_groups.index),
    staff.Page("", "desk_call_source_new", "calls/sources/new/", _SOURCE, call_sources.ADD, call_sources.new),
    staff.Page("", "desk_call_source", "calls/sources/<int:pk>/", _SOURCE, call_sources.VIEW, call_sources.one),
    staff.Page("", "desk_held_call", "calls/held/<int:pk>/", _HELD, held_calls.VIEW, held_calls.one),
    staff.Page("", "desk_reject_group", "calls/rejects/<slug:key>/", _REJECTS, reject_groups.VIEW, reject_groups.one),
)
for page in PAGES:
    cast("staff.Desk", admin.site).add_page(page)
