"""What stands in the way of the month's close, in words, from what the first page has read anyway (4.7).

The close itself looks closer: it reads every rejected line again to find its date, and looks for calls of two sources.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from desk.selectors.day import Day, OpenMonth
from desk.selectors.waiting import Counts
from sipcabinet.lib import clock, words

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Check:
    """A line of the card: `tone` is `ok`, `warn` (stands in the way) or `wait`; `url` leads to what must be done."""

    tone: str
    text: str
    url: str = ""


def of(day: Day, month: OpenMonth, counts: Counts) -> list[Check]:
    """The checks of the month to close next; no query."""
    return [
        _statements(day),
        _calls(day),
        _unrated(month),
        _rejects(counts),
        _held(counts),
        _imports(month),
        _when(month),
    ]


def _statements(day: Day) -> Check:
    known = day.payments_known
    late = known.through is None or known.through < clock.today() - DAY
    url = reverse("admin:billing_statementimport_changelist")
    return Check("warn" if late else "ok", known.words, url if late else "")


def _calls(day: Day) -> Check:
    known = day.calls_known
    late = known.through is None or known.is_late
    url = reverse("admin:subscribers_callimport_changelist")
    return Check("warn" if late else "ok", known.words, url if late else "")


def _unrated(month: OpenMonth) -> Check:
    if not month.unrated:
        return Check("ok", _("У всех звонков месяца есть цена"))
    calls = words.counted(month.unrated, "звонок", "звонка", "звонков")
    return Check("warn", _("Без цены: %(calls)s") % {"calls": calls}, reverse("admin:subscribers_rate_changelist"))


def _rejects(counts: Counts) -> Check:
    found = counts["rejects"].count
    if not found:
        return Check("ok", _("Отклонённых записей звонков нет"))
    rows = words.counted(found, "запись", "записи", "записей")
    url = reverse("admin:subscribers_callreject_changelist") + "?state__exact=waiting"
    return Check("warn", _("Отклонено и не разобрано: %(rows)s") % {"rows": rows}, url)


def _held(counts: Counts) -> Check:
    found = counts["held"].count
    if not found:
        return Check("ok", _("Звонков на проверке нет"))
    calls = words.counted(found, "звонок", "звонка", "звонков")
    url = reverse("admin:subscribers_heldcall_changelist") + "?state__exact=waiting"
    return Check("warn", _("Слишком длинные, ждут решения: %(calls)s") % {"calls": calls}, url)


def _imports(month: OpenMonth) -> Check:
    found = month.importing
    if not found:
        return Check("ok", _("Все файлы звонков загружены"))
    files = words.counted(found, "файл", "файла", "файлов")
    url = reverse("admin:subscribers_callimport_changelist") + "?state__exact=waiting"
    return Check("warn", _("Ещё загружается: %(files)s звонков") % {"files": files}, url)


def _when(month: OpenMonth) -> Check:
    if month.is_over:
        return Check(
            "wait", _("Месяц закончился %(day)s, его можно закрыть") % {"day": clock.show_date(month.month.last_day)}
        )
    return Check("wait", _("Закрыть можно с %(day)s") % {"day": clock.show_date(month.month.shift(1).first_day)})
