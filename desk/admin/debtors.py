"""«Дебиторы»: debts by age, for those who may see debts."""

from typing import cast

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from desk.views import debtors
from sipcabinet.lib import staff

cast("staff.Desk", admin.site).add_page(
    staff.Page("billing", "desk_debtors", "debtors/", _("Дебиторы по срокам"), debtors.VIEW, debtors.index)
)
