"""Adds the desk's own pages to its site. A page with arguments in its path is not listed."""

from typing import Any, cast

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from desk.views import planned
from desk.views.customer import (
    connect,
    documents,
    endings,
    exemptions,
    found,
    letters,
    limits,
    logins,
    notes,
    page,
    restrictions,
    suspension,
)
from sipcabinet.lib import staff

CUSTOMER = "customers/<int:pk>/"


cast("staff.Desk", admin.site).add_page(
    staff.Page(
        "", "desk_letter_again", "letters/<int:pk>/again/", _("Отправить письмо ещё раз"), letters.SEND, letters.waiting
    )
)


def _add(name: str, path: str, title: Any, permission: str, view: Any) -> None:
    at = staff.Page("desk", f"desk_customer{name}", f"{CUSTOMER}{path}", title, permission, view)
    cast("staff.Desk", admin.site).add_page(at)


_add("", "", _("Страница клиента"), found.VIEW, page.view)
_add("_notes", "notes/", _("Заметки"), "desk.view_staffnote", notes.index)
_add("_note_strike", "notes/<int:note_pk>/strike/", _("Зачеркнуть заметку"), notes.STRIKE, notes.strike)
_add(
    "_restrict",
    "accounts/<int:account_pk>/restrict/",
    _("Ограничить исходящие звонки"),
    "subscribers.add_staffrestriction",
    restrictions.restrict,
)
_add(
    "_connect",
    "accounts/<int:account_pk>/connect/",
    _("Подключить номер"),
    "subscribers.add_subscriber",
    connect.connect,
)
_add(
    "_lift",
    "accounts/<int:account_pk>/lift/",
    _("Снять ограничение оператора"),
    "subscribers.change_staffrestriction",
    restrictions.lift,
)
_add(
    "_lift_debt",
    "accounts/<int:account_pk>/lift-debt/",
    _("Снять ограничение за долг"),
    "billing.change_debtrestriction",
    restrictions.lift_debt,
)
_add(
    "_exempt",
    "accounts/<int:account_pk>/exempt/",
    _("Не ограничивать за долг до…"),
    "billing.add_dunningexemption",
    exemptions.grant,
)
_add(
    "_exempt_end",
    "accounts/<int:account_pk>/exempt/end/",
    _("Отозвать отсрочку"),
    "billing.change_dunningexemption",
    exemptions.withdraw,
)
_add(
    "_reconciliation",
    "accounts/<int:account_pk>/reconciliation/",
    _("Акт сверки"),
    "billing.view_ledgerentry",
    documents.act,
)
_add("_password", "logins/<int:user_pk>/password/", _("Временный пароль"), "accounts.change_user", logins.password)
_add("_sessions", "logins/<int:user_pk>/sessions/", _("Сеансы"), "accounts.change_user", logins.sessions)
_add(
    "_invoice",
    "invoices/<int:invoice_pk>/send/",
    _("Отправить счёт ещё раз"),
    "billing.change_invoicemailing",
    documents.send_invoice,
)
_add("_letter", "letters/<int:letter_pk>/again/", _("Отправить письмо ещё раз"), letters.SEND, letters.of_customer)

# What ends, begins again or waits for its day (4.11).
_CHANGE, _ACCOUNT = "subscribers.change_subscriber", "accounts/<int:account_pk>/"
_add("_disconnect", "numbers/<int:subscriber_pk>/disconnect/", _("Отключить номер"), _CHANGE, endings.disconnect)
_add("_limits", "numbers/<int:subscriber_pk>/limits/", _("Лимит оператора"), limits.CHANGE, limits.change)
_add(
    "_limits_lift",
    "numbers/<int:subscriber_pk>/limits/<slug:cause>/lift/",
    _("Снять закрытие платных направлений"),
    limits.LIFT,
    limits.lift,
)
_add("_plan", "numbers/<int:subscriber_pk>/plan/", _("Сменить тарифный план"), _CHANGE, endings.change_plan)
_add("_close", f"{_ACCOUNT}close/", _("Закрыть лицевой счёт"), _CHANGE, endings.close)
_add(
    "_last_invoice", f"{_ACCOUNT}close/<str:code>/", _("Проект последнего счёта"), _CHANGE, endings.last_invoice_preview
)
_add("_reopen", f"{_ACCOUNT}reopen/", _("Открыть лицевой счёт снова"), _CHANGE, endings.reopen)
_add("_suspend", f"{_ACCOUNT}suspend/", _("Приостановить по заявлению"), _CHANGE, suspension.suspend)
_add("_planned_cancel", "planned/<int:planned_pk>/cancel/", _("Отменить запланированное"), _CHANGE, suspension.cancel)
cast("staff.Desk", admin.site).add_page(
    staff.Page("desk", "desk_planned", "planned/", _("Запланированные изменения"), planned.VIEW, planned.index)
)
