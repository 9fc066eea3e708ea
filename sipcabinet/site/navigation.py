"""The side navigation, in the words of the customer's manual. An entry is shown only when its page exists.

In the portal every page exists: the check `checks.menu` fails for an entry whose URL name does not exist.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from sipcabinet.lib import phones


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """An entry of the menu: `view` is a URL name, or empty for a heading above `children`.

    URLs of a subscriber's entries take the subscriber's primary key; `trunk_only` entries are not shown for a
    «SIP-номер» (3.3).
    """

    title: Promise
    view: str = ""
    icon: str = ""
    children: tuple["MenuEntry", ...] = ()
    trunk_only: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """An entry as a page shows it. `current` is the value of aria-current: `page`, `true` (a page inside) or empty."""

    title: str
    url: str = ""
    icon: str = ""
    current: str = ""
    children: list["Item"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Group:
    """Items under one heading; the first group has an empty title."""

    title: str
    items: list[Item]


ACCOUNT = (
    MenuEntry(_("Персональная информация"), "billing:account", "account"),
    MenuEntry(
        _("Платежи"),
        "billing:payments",
        "pay",
        (
            MenuEntry(_("Информация по платежам"), "billing:payment_list"),
            MenuEntry(_("История гарантийных обязательств"), "billing:guarantee_list"),
            MenuEntry(_("Регистрация платежей"), "billing:guarantee_register"),
        ),
    ),
    MenuEntry(
        _("Счета"),
        "billing:invoices",
        "bill",
        (
            MenuEntry(_("Заказать счёт на E-mail"), "billing:invoice_by_email"),
            MenuEntry(_("Загрузить счёт по ссылке"), "billing:invoice_by_link"),
            MenuEntry(_("Изменить способ/адрес доставки"), "billing:delivery"),
            MenuEntry(_("Детализация на E-mail"), "billing:call_detail"),
            MenuEntry(_("Начисления за текущий период"), "billing:current_charges"),
        ),
    ),
)
SUBSCRIBER = (
    MenuEntry(_("Персональная информация"), "subscribers:detail"),
    MenuEntry(_("Операции с услугами"), children=(MenuEntry(_("Услуги абонента"), "subscribers:services"),)),
    MenuEntry(
        _("SIP-телефония"),
        children=(
            MenuEntry(_("SIP-многоканальность"), "subscribers:channels", trunk_only=True),
            MenuEntry(_("Параметры для настройки SIP"), "subscribers:sip_parameters"),
        ),
    ),
    MenuEntry(_("Лимиты расходов"), "subscribers:limits", trunk_only=True),
    MenuEntry(_("Начисления за период"), "subscribers:charges"),
    MenuEntry(_("Просмотр детализации"), "subscribers:calls"),
)
SERVICE = (
    MenuEntry(_("Мои заказы"), "billing:orders", "orders"),
    MenuEntry(_("Журнал действий"), "accounts:journal", "history"),
    MenuEntry(_("Безопасность"), "accounts:security", "shield"),
    MenuEntry(_("Помощь"), "accounts:help", "help"),
)
OF_LOGIN = "accounts:security"
KEPT = 2_000  # navigations as HTML, about 6 KB each, in a process
_made: dict[tuple[Any, ...], SafeString] = {}
HOME = (MenuEntry(_("Главная"), "site:home", "home"),)
CHOICE = (MenuEntry(_("Выбор SIP-абонента"), "subscribers:select", "users"),)


def entries() -> Iterator[tuple[MenuEntry, list[int]]]:
    """Every entry with the arguments of its URL; a subscriber's pages get 1 as an example of a primary key."""
    for entry in _all(HOME + ACCOUNT + CHOICE + SERVICE):
        yield entry, []
    for entry in _all(SUBSCRIBER):
        yield entry, [1]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the navigation shows of the subscriber whose sub-menu is open."""

    pk: int
    phone: str
    is_trunk: bool

    @classmethod
    def of(cls, subscriber: Any) -> "Chosen":
        return cls(subscriber.pk, subscriber.phone, bool(getattr(subscriber, "is_trunk", True)))


def build(path: str, chosen: Any = None, *, viewed: bool = False) -> list[Group]:
    """The navigation of the page at `path`; `chosen` is the subscriber whose sub-menu is open, if any. `viewed` by
    staff, it leaves out «Безопасность»: that page would be of their own login (4.9)."""
    groups, urls = _unmarked(Chosen.of(chosen) if chosen is not None else None, viewed, _site())
    here = _nearest(path, urls)
    return [Group(group.title, [_marked(item, here, path) for item in group.items]) for group in groups]


def html(path: str, chosen: Any, render: Callable[[list[Group]], str], *, viewed: bool) -> SafeString:
    """The navigation as HTML, made by `render` and kept. What is kept depends on the place, the subscriber whose
    sub-menu is open and whether staff view the page, and on nothing else of an account."""
    subscriber = Chosen.of(chosen) if chosen is not None else None
    _groups, urls = _unmarked(subscriber, viewed, _site())
    here = _nearest(path, urls)
    key = (subscriber, viewed, here, here == path, _site())
    made = _made.get(key)
    if made is None:
        if len(_made) >= KEPT:
            _made.clear()
        _made[key] = made = SafeString(render(build(path, chosen, viewed=viewed)))
    return made


@lru_cache(maxsize=512)
def _unmarked(chosen: Chosen | None, viewed: bool, _site: tuple[str, str]) -> tuple[list[Group], list[str]]:
    """All groups without the mark of the current page, and the URLs in them. URLs depend on the site."""
    subscribers = _items(CHOICE)
    if chosen is not None and subscribers:
        subscribers[0].children.append(_chosen(chosen))
    groups = [
        Group("", _items(HOME)),
        Group(str(_("Управление лицевым счётом SIP")), _items(ACCOUNT)),
        Group(str(_("Управление абонентами SIP")), subscribers),
        Group(str(_("Сервис")), _items(tuple(one for one in SERVICE if not viewed or one.view != OF_LOGIN))),
    ]
    kept = [group for group in groups if group.items]
    return kept, [item.url for group in kept for item in _walk(group.items)]


def _site() -> tuple[str, str]:
    """What all URLs depend on: the prefix of the site, and its table of URLs."""
    return get_script_prefix(), get_urlconf() or settings.ROOT_URLCONF


def _chosen(subscriber: Chosen) -> Item:
    children = _items(SUBSCRIBER, [subscriber.pk], is_trunk=subscriber.is_trunk)
    return Item(phones.display(subscriber.phone), children=children)


def _items(entries: tuple[MenuEntry, ...], args: list[Any] | None = None, *, is_trunk: bool = True) -> list[Item]:
    """Items for the entries that have a page, or that have children with a page."""
    items = []
    for entry in entries:
        if entry.trunk_only and not is_trunk:
            continue
        children = _items(entry.children, args, is_trunk=is_trunk)
        url = _url(entry.view, args)
        if url or children:
            items.append(Item(str(entry.title), url, entry.icon, children=children))
    return items


def _url(view: str, args: list[Any] | None) -> str:
    try:
        return reverse(view, args=args) if view else ""
    except NoReverseMatch:
        return ""


def _all(some: tuple[MenuEntry, ...]) -> Iterator[MenuEntry]:
    for entry in some:
        yield entry
        yield from _all(entry.children)


def _walk(items: list[Item]) -> Iterator[Item]:
    for item in items:
        yield item
        yield from _walk(item.children)


def _nearest(path: str, urls: list[str]) -> str:
    """The longest URL that `path` equals or begins with, so that a wizard's steps highlight their section."""
    root = min((url for url in urls if url), key=len, default="")
    inside = [url for url in urls if url and path.startswith(url) and (url != root or url == path)]
    return max(inside, key=len, default="")


def _marked(item: Item, here: str, path: str) -> Item:
    current = ("page" if item.url == path else "true") if item.url and item.url == here else ""
    return replace(item, current=current, children=[_marked(child, here, path) for child in item.children])
