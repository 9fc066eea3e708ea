"""Pages of the wizard «Новый клиент» (4.11), for those who may connect numbers."""

from typing import cast

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from desk.views import new_customer as views
from sipcabinet.lib import staff

_NAME, _DRAFT = _("Новый клиент"), "customers/new/<slug:token>/"
PAGES = (
    staff.Page("", "desk_new_customer", "customers/new/", _NAME, views.PERMISSION, views.start),
    staff.Page("", "desk_new_customer_review", f"{_DRAFT}review/", _NAME, views.PERMISSION, views.review),
    staff.Page("", "desk_new_customer_step", f"{_DRAFT}<slug:code>/", _NAME, views.PERMISSION, views.step),
)
for page in PAGES:
    cast("staff.Desk", admin.site).add_page(page)
