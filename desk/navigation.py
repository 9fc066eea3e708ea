"""The desk's side navigation, in the order of the staff's work (4.2). A user sees only entries that he may open."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class DeskEntry:
    """A link of the navigation: `view` is a URL name. It is shown to users with any of `permissions` (to all, if there
    are none). `queue` is the name of the queue whose count stands beside the title."""

    title: Promise
    view: str
    icon: str
    permissions: tuple[str, ...] = ()
    queue: str = ""
    inner: str = ""  # the path below /admin/ of further pages of the entry


@dataclass(frozen=True, slots=True)
class DeskGroup:
    """Entries under one heading; the first group has no heading."""

    title: Promise | str
    entries: tuple[DeskEntry, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as a page shows it. `current` is the value of aria-current: `page`, `true` (a page inside) or empty."""

    title: str
    url: str
    icon: str
    current: str
    queue: str


def _table(title: Promise, model: str, icon: str, queue: str = "", inner: str = "") -> DeskEntry:
    """The entry of a model's own table (`app.model`), for users who may view or change its rows."""
    app, name = model.split(".")
    return DeskEntry(
        title, f"admin:{app}_{name}_changelist", icon, (f"{app}.view_{name}", f"{app}.change_{name}"), queue, inner
    )


GROUPS = (
    DeskGroup(
        "",
        (
            DeskEntry(_("Рабочий стол"), "admin:index", "home"),
            _table(_("Клиенты"), "accounts.customer", "users", inner="customers/"),
        ),
    ),
    DeskGroup(
        _("Очереди"),
        (
            _table(_("Гарантии"), "billing.paymentguarantee", "shield"),
            _table(_("Невыясненные платежи"), "billing.suspensepayment", "pay"),
            _table(_("Отклонённые звонки"), "subscribers.callreject", "phone"),
        ),
    ),
    DeskGroup(
        _("Деньги"),
        (
            _table(_("Выписки"), "billing.statementimport", "bill"),
            _table(_("Платежи"), "billing.payment", "pay"),
            _table(_("Счета"), "billing.invoice", "docs"),
            _table(_("Корректировки"), "billing.correction", "refresh"),
            _table(_("Дебиторы"), "billing.debt", "clock"),
        ),
    ),
    DeskGroup(
        _("Звонки"),
        (
            DeskEntry(_("Поиск звонков"), "admin:subscribers_calls", "search", ("subscribers.view_callrecord",)),
            _table(_("Файлы звонков"), "subscribers.callimport", "table"),
            DeskEntry(
                _("Повторы звонков"), "admin:subscribers_doubled_calls", "copy", ("subscribers.view_callrecord",)
            ),
        ),
    ),
    DeskGroup(
        _("Каталог и коммутатор"),
        (
            _table(_("Тарифные планы"), "subscribers.tariffplan", "params"),
            _table(_("Тарифы"), "subscribers.rate", "table"),
            _table(_("Услуги"), "subscribers.service", "services"),
            _table(_("Коммутатор"), "subscribers.provisioningjob", "channels"),
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
        _("Доступ"),
        (
            _table(_("Логины и сотрудники"), "accounts.user", "user"),
            _table(_("Роли"), "auth.group", "lock"),
            _table(_("Журнал"), "accounts.auditevent", "history"),
            DeskEntry(_("Все таблицы"), "admin:tables", "menu"),
        ),
    ),
)


def build(user: Any, path: str) -> list[tuple[str, list[Link]]]:
    """The navigation of the page at `path` for this user: pairs of a heading and its links, without empty groups. The
    link of the page, or of the nearest page above it, is marked as current."""
    shown = [(group, [(one, reverse(one.view)) for one in group.entries if _may_open(user, one)]) for group in GROUPS]
    root = reverse("admin:index")
    inner = {f"{root}{one.inner}": url for _group, entries in shown for one, url in entries if one.inner}
    nearest = _nearest(path, [*(url for _group, entries in shown for _one, url in entries), *inner])
    here = inner.get(nearest, nearest)
    return [
        (
            str(group.title),
            [Link(str(one.title), url, one.icon, _mark(url, here, path), one.queue) for one, url in rows],
        )
        for group, rows in shown
        if rows
    ]


def _may_open(user: Any, entry: DeskEntry) -> bool:
    return not entry.permissions or any(user.has_perm(permission) for permission in entry.permissions)


def _nearest(path: str, urls: list[str]) -> str:
    """The longest URL that `path` begins with. The first page's URL begins every path, so it counts only for itself."""
    root = reverse("admin:index")
    return max((url for url in urls if path.startswith(url) and (url != root or url == path)), key=len, default="")


def _mark(url: str, here: str, path: str) -> str:
    if url != here:
        return ""
    return "page" if url == path else "true"
