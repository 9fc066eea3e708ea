"""Pages of «Клиенты из файла» (4.11): seen with `view_customerload`; a POST also asks for the right to load."""

from typing import cast

from django.contrib import admin

from desk.imports.customers.columns import CustomersFile
from desk.views import customer_load as views
from sipcabinet.lib import staff

_NAME, _PATH = CustomersFile.title, "customers/load/"
PAGES = (
    staff.Page("", "desk_load", _PATH, _NAME, views.VIEW, views.upload),
    staff.Page("", "desk_load_template", f"{_PATH}template/", _NAME, views.VIEW, views.template),
    staff.Page("", "desk_load_one", f"{_PATH}<int:pk>/", _NAME, views.VIEW, views.one),
    staff.Page("", "desk_load_report", f"{_PATH}<int:pk>/report/", _NAME, views.VIEW, views.report),
)
for page in PAGES:
    cast("staff.Desk", admin.site).add_page(page)
