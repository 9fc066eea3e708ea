"""The pages of what the switch knows now (3.4)."""

from typing import cast

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from desk.views import switch, switch_transfer
from sipcabinet.lib import staff

_NAME, _TRANSFER = _("Коммутатор сейчас"), _("Передача на коммутатор")
for page in (
    staff.Page("subscribers", "desk_switch", "switch/", _NAME, switch.VIEW, switch.index),
    staff.Page("", "desk_switch_transfer", "switch/transfer/", _TRANSFER, switch_transfer.ORDER, switch_transfer.order),
    staff.Page(
        "",
        "desk_switch_transfer_status",
        "switch/transfer/<int:pk>/",
        _TRANSFER,
        switch_transfer.VIEW,
        switch_transfer.status,
    ),
    staff.Page("", "desk_switch_trunk", "switch/<int:pk>/", _NAME, switch.VIEW, switch.trunk),
):
    cast("staff.Desk", admin.site).add_page(page)
