"""The pages of what the switch knows now (3.4)."""

from typing import cast

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from desk.views import switch
from sipcabinet.lib import staff

_NAME = _("Коммутатор сейчас")
for page in (
    staff.Page("subscribers", "desk_switch", "switch/", _NAME, switch.VIEW, switch.index),
    staff.Page("", "desk_switch_trunk", "switch/<int:pk>/", _NAME, switch.VIEW, switch.trunk),
):
    cast("staff.Desk", admin.site).add_page(page)
