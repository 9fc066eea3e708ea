"""«Рабочий стол»: what waits, what is late, what stands in the month's way, who will be barred, what others did."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from billing.selectors import soon_restricted, workdays
from desk.selectors import day, decisions, done_today, month_checks, waiting
from sipcabinet.lib import clock, words

MOST_RESTRICTED = 5


def first_page(request: HttpRequest, context: dict[str, Any]) -> TemplateResponse:
    """The first page of the desk. Each block is one query, and is shown only to those who may see its rows (4.2)."""
    user: Any = request.user
    counts = waiting.count()
    today = day.of(user)
    month = today.month
    found = decisions.of(user, counts, month_is_over=bool(month and month.is_over))
    return TemplateResponse(
        request,
        "desk/first_page.html",
        {
            **context,
            "title": _("Рабочий стол"),
            "day": today,
            "lead": _lead(today),
            **_words(today),
            "suspense": counts["suspense"].count if user.has_perm("billing.view_suspensepayment") else 0,
            "rejected": counts["rejects"].count if user.has_perm("subscribers.view_callreject") else 0,
            "undelivered": counts["letters"].count if user.has_perm("notifications.view_letter") else 0,
            "decisions": found,
            "checks": month_checks.of(today, month, counts) if month else [],
            "sees_months": user.has_perm("billing.view_monthissue"),
            **_restricted(user, today),
            "sees_journal": user.has_perm("accounts.view_auditevent"),
            "done": done_today.by_others(user) if user.has_perm("accounts.view_auditevent") else [],
        },
    )


def _restricted(user: Any, today: day.Day) -> dict[str, Any]:
    """Who will be barred on the next working day."""
    if not user.has_perm("billing.view_debtrestriction"):
        return {"sees_restricted": False}
    on = workdays.first_from(clock.today() + timedelta(days=1), today.moved_days)
    found = soon_restricted.on(on)
    return {
        "sees_restricted": True,
        "restricted_on": on,
        "is_tomorrow": on == clock.today() + timedelta(days=1),
        "restricted": found[:MOST_RESTRICTED],
        "more_restricted": len(found) - MOST_RESTRICTED,
    }


_WEEKDAYS = ("Понедельник", "Вторник", "Среда", "Четверг", "Пятница", "Суббота", "Воскресенье")


def _lead(today: day.Day) -> str:
    """`Понедельник, 30.11.2026 · банк по 29.11.2026 · звонки по 11:38`."""
    now, bank, calls = clock.today(), today.payments_known.through, today.calls_known.through
    return " · ".join(
        [
            f"{_(_WEEKDAYS[now.weekday()])}, {clock.show_date(now)}",
            _("банк по %(day)s") % {"day": clock.show_date(bank)} if bank else _("выписок ещё не было"),
            _("звонки по %(time)s") % {"time": _moment(calls)} if calls else _("файлов звонков ещё не было"),
        ]
    )


def _words(today: day.Day) -> dict[str, str]:
    """The counts beside the sums, with the right form of their nouns."""
    payments = today.payments.count if today.payments else 0
    debtors = today.overdue.count if today.overdue else 0
    through = today.calls_known.through
    return {
        "payments_words": words.counted(payments, "платёж", "платежа", "платежей") if payments else _("платежей нет"),
        "debtors_words": words.counted(debtors, "клиент", "клиента", "клиентов"),
        "calls_words": _("по %(time)s") % {"time": _moment(through)} if through else _("файлов ещё не было"),
    }


def _moment(moment: datetime) -> str:
    """`11:38` for a moment of today, else with its date."""
    minsk = clock.minsk(moment)
    return minsk.strftime("%H:%M" if minsk.date() == clock.today() else "%d.%m, %H:%M")
