"""Pages of bank statements (4.6): uploading and applying need the right to add, reports the right to view, undoing the
right to confirm changes of money."""

from typing import cast

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from billing.services.statement_undo import RIGHT
from desk.views.money import statement_undo, statements
from sipcabinet.lib import staff

ADD, VIEW = "billing.add_statementimport", "billing.view_statementimport"
_NAME = _("Выписка банка")
PAGES = (
    staff.Page("", "desk_statement_upload", "statements/new/", _("Загрузить выписку банка"), ADD, statements.upload),
    staff.Page("", "desk_statement_draft", "statements/drafts/<int:pk>/", _NAME, ADD, statements.draft),
    staff.Page(
        "", "desk_statement_check_file", "statements/drafts/<int:pk>/report/", _NAME, ADD, statements.draft_report
    ),
    staff.Page("", "desk_statement", "statements/<int:pk>/", _NAME, VIEW, statements.one),
    staff.Page("", "desk_statement_report", "statements/<int:pk>/report/", _NAME, VIEW, statements.report),
    staff.Page(
        "", "desk_statement_undo", "statements/<int:pk>/undo/", _("Отменить загрузку"), RIGHT, statement_undo.undo
    ),
)
for page in PAGES:
    cast("staff.Desk", admin.site).add_page(page)
