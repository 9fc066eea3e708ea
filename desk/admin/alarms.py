"""The page of an alarm (16.6)."""

from typing import cast

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from desk.views import alarms
from sipcabinet.lib import staff

cast("staff.Desk", admin.site).add_page(
    staff.Page("", "desk_alarm", "alarms/<int:pk>/", _("Тревога"), alarms.VIEW, alarms.one)
)
