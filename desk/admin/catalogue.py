"""Pages of the catalogue at the desk (4.3, 4.5). Pages of a table ask for the rights of its kind themselves."""

from typing import cast

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from desk.views.catalogue import call_price, new_price, pages, rerating, table_imports
from sipcabinet.lib import staff

_NAME = _("Каталог и цены")
_IMPORT = _("Загрузка таблицы")
PAGES = (
    staff.Page("desk", "desk_catalogue", "catalogue/", _NAME, pages.VIEW, pages.index),
    staff.Page("", "desk_catalogue_plan", "catalogue/plans/<int:pk>/", _NAME, pages.VIEW, pages.plan),
    staff.Page(
        "", "desk_new_fee", "catalogue/<slug:what>/<int:pk>/new-price/", _("Новая цена"), new_price.FEE, new_price.fee
    ),
    staff.Page("", "desk_new_rate", "catalogue/rates/new-price/", _("Новая цена"), new_price.RATE, new_price.rate),
    staff.Page(
        "",
        "desk_new_destination_rate",
        "catalogue/destinations/<int:pk>/new-rate/",
        _("Новая цена"),
        new_price.RATE,
        new_price.destination,
    ),
    staff.Page(
        "desk",
        "desk_call_price",
        "catalogue/call-price/",
        _("Сколько стоит звонок"),
        "subscribers.view_rate",
        call_price.view,
    ),
    staff.Page("desk", "desk_rerating", "catalogue/rerating/", _("Пересчёт звонков"), rerating.VIEW, rerating.index),
    staff.Page(
        "", "desk_rerating_status", "catalogue/rerating/<int:pk>/", _("Ход пересчёта"), rerating.VIEW, rerating.status
    ),
    staff.Page("", "desk_table_upload", "imports/<slug:code>/new/", _IMPORT, "", table_imports.upload),
    staff.Page("", "desk_table_template", "imports/<slug:code>/template/", _IMPORT, "", table_imports.template),
    staff.Page("", "desk_table_export", "imports/<slug:code>/export/", _IMPORT, "", table_imports.export),
    staff.Page("", "desk_table_import", "imports/<int:pk>/", _IMPORT, "", table_imports.one),
    staff.Page("", "desk_table_report", "imports/<int:pk>/report/", _IMPORT, "", table_imports.report),
)
for page in PAGES:
    cast("staff.Desk", admin.site).add_page(page)
