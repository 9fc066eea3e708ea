"""The pages of the months (4.7). What closes or issues also needs the right to close."""

from typing import Any, cast

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from desk.views import month_accounts, month_close, months
from sipcabinet.lib import staff

MONTH = "months/<str:code>/"


def _add(name: str, path: str, title: Any, permission: str, view: Any) -> None:
    cast("staff.Desk", admin.site).add_page(staff.Page("billing", f"desk_month{name}", path, title, permission, view))


_add("s", "months/", _("Месяц"), months.VIEW, months.index)
_add("", MONTH, _("Месяц"), months.VIEW, months.one)
_add("_close", f"{MONTH}close/", _("Закрыть месяц"), months.CLOSE, month_close.close)
_add("_accounts", f"{MONTH}accounts/", _("Лицевые счета месяца"), months.VIEW, month_accounts.accounts)
_add("_preview", f"{MONTH}accounts/<int:account_pk>/pdf/", _("Проект счёта"), months.VIEW, month_accounts.preview)
_add("_letters", f"{MONTH}letters/", _("Письма со счетами"), months.VIEW, month_accounts.letters)
