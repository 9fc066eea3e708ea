"""The pages of the desk that begin and end a view of an account as its customer sees it (4.9)."""

from typing import cast

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.services.customer_views import PERMISSION
from desk.views import customer_view
from sipcabinet.lib import staff

# «Закончить просмотр» needs no right: a view also ends for a person whose right was just taken away.
_PAGES = (
    staff.Page("", "desk_view_as_end", "view-as/end/", _("Закончить просмотр"), "", customer_view.end),
    staff.Page(
        "",
        "desk_view_as",
        "view-as/<int:account_pk>/",
        _("Просмотр кабинета глазами клиента"),
        PERMISSION,
        customer_view.begin,
    ),
)
for _page in _PAGES:
    cast("staff.Desk", admin.site).add_page(_page)
