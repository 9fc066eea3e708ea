"""Pages of the pool of numbers (4.13). A page that changes also asks for the right to do so."""

from typing import cast

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from desk.views import pool, pool_file, pool_number
from sipcabinet.lib import staff

RANGES, HOLDS = "subscribers.view_numberrange", "subscribers.view_numberhold"
_NAME = _("Номерная ёмкость")
PAGES = (
    staff.Page("subscribers", "desk_pool", "pool/", _NAME, RANGES, pool.index),
    staff.Page("", "desk_pool_add", "pool/add/", _NAME, pool.ADD, pool.add),
    staff.Page("", "desk_pool_load", "pool/load/", _NAME, pool.ADD, pool_file.load),
    staff.Page("", "desk_pool_template", "pool/load/template/", _NAME, pool.ADD, pool_file.template),
    staff.Page("", "desk_pool_range", "pool/<int:pk>/", _NAME, RANGES, pool.one),
    staff.Page("", "desk_pool_number", "pool/numbers/<int:digits>/", _NAME, HOLDS, pool_number.number),
)
for page in PAGES:
    cast("staff.Desk", admin.site).add_page(page)
