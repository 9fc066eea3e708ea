"""Pages of the desk without a model, listed among those of subscribers."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase

from sipcabinet.lib import staff
from subscribers.models import Subscriber


def add(name: str, path: str, title: Any, permission: str, view: Callable[[HttpRequest], HttpResponseBase]) -> None:
    """Adds the page at `subscribers/path/` for staff who have this permission of the app."""
    app = Subscriber._meta.app_label
    page = staff.Page(app, name, f"subscribers/{path}/", title, f"{app}.{permission}", view)
    cast("staff.Desk", admin.site).add_page(page)
