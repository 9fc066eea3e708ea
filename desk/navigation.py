"""The desk's side navigation, in the order of the staff's work (4.2). A user sees only entries that he may open."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class DeskEntry:
    """A link of the navigation: `view` is a URL name. It is shown to users with any of `permissions` (to all, if there
    are none). `queue` is the name of the queue whose count stands beside the title.
    `filters` is the query string that the link adds: the entry is current only where the page has it too."""

    title: Promise
    view: str
    icon: str
    permissions: tuple[str, ...] = ()
    queue: str = ""
    filters: str = ""
    inner: str = ""  # the path below /admin/ of further pages of the entry

    @property
    def url(self) -> str:
        return reverse(self.view) + self.filters


@dataclass(frozen=True, slots=True)
class DeskGroup:
    """Entries under one heading; the first group has no heading."""

    title: Promise | str
    entries: tuple[DeskEntry, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as a page shows it. `current` is the value of aria-current: `page`, `true` (a page inside) or empty.
    `count`: how many rows wait in its queue."""

    title: str
    url: str
    icon: str
    current: str
    queue: str
    count: int = 0


def _table(title: Promise, model: str, icon: str, queue: str = "", filters: str = "", *, inner: str = "") -> DeskEntry:
    """The entry of a model's own table (`app.model`), for users who may view or change its rows; `filters` is the query
    string that the table opens with."""
    app, name = model.split(".")
    rights = (f"{app}.view_{name}", f"{app}.change_{name}")
    return DeskEntry(title, f"admin:{app}_{name}_changelist", icon, rights, queue, filters, inner)


GROUPS = (
    DeskGroup(
        "",
        (
            DeskEntry(_("Рабочий стол"), "admin:index", "home"),
            _table(_("Клиенты"), "accounts.customer", "users", inner="customers/"),
            DeskEntry(_("Новый клиент"), "admin:desk_new_customer", "plus", ("subscribers.add_subscriber",)),
            DeskEntry(_("Клиенты из файла"), "admin:desk_load", "table", ("desk.view_customerload",)),
            DeskEntry(_("Номерная ёмкость"), "admin:desk_pool", "phone", ("subscribers.view_numberrange",)),
            DeskEntry(_("Запланировано"), "admin:desk_planned", "clock", ("desk.view_plannedchange",)),
        ),
    ),
    DeskGroup(
        _("Очереди"),
        (
            _table(_("Гарантии"), "billing.paymentguarantee", "shield", "guarantees"),
            DeskEntry(
                _("Заявления"),
                "admin:desk_applications",
                "docs",
                ("accounts.view_writtenapplication",),
                queue="applications",
            ),
            DeskEntry(
                _("Ждут второго"), "admin:desk_proposals", "users", ("billing.view_moneyproposal",), queue="second"
            ),
            _table(_("Невыясненные платежи"), "billing.suspensepayment", "pay", "suspense", inner="money/suspense/"),
            DeskEntry(
                _("Возвраты плательщикам"),
                "admin:billing_suspenserefund_changelist",
                "back",
                ("billing.view_suspenserefund",),
                queue="paybacks",
                inner="money/paybacks/",
            ),
            _table(_("Возвраты платежей"), "billing.paymentreturn", "refresh", "returns", inner="money/returns/"),
            _table(_("Отклонённые звонки"), "subscribers.callreject", "phone", "rejects"),
            _table(_("Звонки на проверке"), "subscribers.heldcall", "phone", "held", inner="calls/held/"),
            _table(_("Тревоги"), "subscribers.fraudalarm", "shield", "alarms", inner="alarms/"),
            _table(_("Письма не доставлены"), "notifications.letter", "mail", "letters", "?trouble=stopped"),
            _table(_("Ошибки коммутатора"), "subscribers.provisioning", "channels", "switch", "?stage=failed"),
        ),
    ),
    DeskGroup(
        _("Деньги"),
        (
            _table(_("Выписки"), "billing.statementimport", "bill", inner="statements/"),
            _table(_("Платежи"), "billing.payment", "pay"),
            _table(_("Счета"), "billing.invoice", "docs"),
            _table(_("Корректировки"), "billing.correction", "refresh"),
            _table(_("Поправки"), "billing.adjustment", "back"),
            DeskEntry(_("Месяц"), "admin:desk_months", "table", ("billing.view_monthissue",)),
            DeskEntry(_("Дебиторы"), "admin:desk_debtors", "clock", ("billing.view_debt",)),
            DeskEntry(_("Акты сверки"), "admin:desk_acts", "docs", ("billing.view_reconciliationact",)),
            DeskEntry(_("Отчёты"), "admin:desk_reports", "table", ("desk.view_reports",)),
        ),
    ),
    DeskGroup(
        _("Звонки"),
        (
            DeskEntry(_("Поиск звонков"), "admin:subscribers_calls", "search", ("subscribers.view_callrecord",)),
            _table(_("Файлы звонков"), "subscribers.callimport", "table", inner="calls/imports/"),
            _table(_("Источники звонков"), "subscribers.callsource", "channels", inner="calls/sources/"),
            DeskEntry(_("Отклонённые по причинам"), "admin:desk_rejects", "phone", ("subscribers.view_callreject",)),
            DeskEntry(
                _("Повторы звонков"), "admin:subscribers_doubled_calls", "copy", ("subscribers.view_callrecord",)
            ),
        ),
    ),
    DeskGroup(
        _("Каталог и коммутатор"),
        (
            DeskEntry(
                _("Каталог и цены"), "admin:desk_catalogue", "params", ("subscribers.view_planterms",), inner="imports/"
            ),
            DeskEntry(_("Сколько стоит звонок"), "admin:desk_call_price", "pay", ("subscribers.view_rate",)),
            _table(_("Тарифные планы"), "subscribers.tariffplan", "list"),
            _table(_("Тарифы"), "subscribers.rate", "table"),
            _table(_("Услуги"), "subscribers.service", "services"),
            _table(_("Коммутатор"), "subscribers.provisioningjob", "channels"),
            DeskEntry(_("Коммутатор сейчас"), "admin:desk_switch", "clock", ("subscribers.view_callrecord",)),
        ),
    ),
    DeskGroup(
        _("Письма и заказы"),
        (
            _table(_("Письма"), "notifications.letter", "mail"),
            _table(_("Заказы документов"), "billing.documentorder", "orders"),
            DeskEntry(
                _("Объявления"),
                "admin:desk_announcements",
                "info",
                ("announcements.view_announcement",),
            ),
        ),
    ),
    DeskGroup(
        _("Оператор"),
        (DeskEntry(_("Вид и реквизиты"), "admin:desk_face", "sun", ("operator_profile.change_face",)),),
    ),
    DeskGroup(
        _("Доступ"),
        (
            _table(_("Логины и сотрудники"), "accounts.user", "user"),
            DeskEntry(_("Роли"), "admin:desk_roles", "lock"),
            DeskEntry(_("Журнал"), "admin:desk_journal", "history", ("accounts.view_auditevent",)),
            DeskEntry(_("Все таблицы"), "admin:tables", "menu"),
        ),
    ),
)


def build(
    user: Any, path: str, query: str = "", counts: Callable[[], Mapping[str, int]] = dict
) -> list[tuple[str, list[Link]]]:
    """The navigation of the page at `path` for this user: pairs of a heading and its links, without empty groups. The
    link of the page, or of the nearest page above it, is marked as current. `counts` gives the numbers of waiting rows
    by queue; it is called only if an entry with a queue is shown."""
    shown = [(group, [one for one in group.entries if _may_open(user, one)]) for group in GROUPS]
    entries = [one for _group, rows in shown for one in rows]
    numbers = counts() if any(one.queue for one in entries) else {}
    here = _current(path, query, entries)
    return [
        (
            str(group.title),
            [
                Link(str(one.title), one.url, one.icon, _mark(one, here, path), one.queue, numbers.get(one.queue, 0))
                for one in rows
            ],
        )
        for group, rows in shown
        if rows
    ]


def _may_open(user: Any, entry: DeskEntry) -> bool:
    return not entry.permissions or any(user.has_perm(permission) for permission in entry.permissions)


def _current(path: str, query: str, entries: Sequence[DeskEntry]) -> DeskEntry | None:
    """The entry of the page, or of the nearest page above it: the one with the longest URL that `path` begins with. The
    first page's URL begins every path, so it counts only for itself. Of one URL, the entry whose filter is set."""
    above = [(len(url), one) for one in entries for url in _urls(one) if _is_above(url, path)]
    fits = [(length, one) for length, one in above if not one.filters or one.filters[1:] in query.split("&")]
    return max(fits, key=lambda found: (found[0], len(found[1].filters)), default=(0, None))[1]


def _urls(entry: DeskEntry) -> list[str]:
    """The URL of the entry's page, and the path of its further pages."""
    root = reverse("admin:index")
    return [reverse(entry.view), *([f"{root}{entry.inner}"] if entry.inner else [])]


def _is_above(url: str, path: str) -> bool:
    return path.startswith(url) and (url != reverse("admin:index") or url == path)


def _mark(entry: DeskEntry, here: DeskEntry | None, path: str) -> str:
    if entry is not here:
        return ""
    return "page" if reverse(entry.view) == path else "true"
