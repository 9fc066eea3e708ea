"""Adds «Поиск» to the desk. Every person of the staff may search; each finds only what he may see (4.1)."""

from typing import cast

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from desk.views import search
from sipcabinet.lib import staff

cast("staff.Desk", admin.site).add_page(staff.Page("", "search", "search/", _("Поиск"), "", search.view))
