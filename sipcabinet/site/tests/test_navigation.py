"""The side navigation: the manual's names, only pages that exist, and the mark of the current page."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import include, path

from sipcabinet.site import navigation
from sipcabinet.site.navigation import Group, Item


def page(request: HttpRequest, pk: int = 0) -> HttpResponse:
    return HttpResponse()


site = ([path("", page, name="home")], "site")
billing = (
    [path("detail/", page, name="call_detail"), path("detail/step/", page), path("orders/", page, name="orders")],
    "billing",
)
subscribers = (
    [
        path("subscribers/", page, name="select"),
        path("subscribers/<int:pk>/", page, name="detail"),
        path("subscribers/<int:pk>/channels/", page, name="channels"),
        path("subscribers/<int:pk>/calls/", page, name="calls"),
    ],
    "subscribers",
)
urlpatterns = [path("", include(site)), path("", include(billing)), path("", include(subscribers))]

TRUNK = SimpleNamespace(pk=7, phone="+375447112030", is_trunk=True)
NUMBER = SimpleNamespace(pk=8, phone="+375447112031", is_trunk=False)


@pytest.fixture(autouse=True)
def these_pages_only() -> Iterator[None]:
    with override_settings(ROOT_URLCONF=__name__):
        yield


def flat(items: list[Item]) -> list[Item]:
    return [found for item in items for found in (item, *flat(item.children))]


def everything(groups: list[Group]) -> list[Item]:
    return [item for group in groups for item in flat(group.items)]


def current(groups: list[Group]) -> list[tuple[str, str]]:
    return [(item.title, item.current) for item in everything(groups) if item.current]


def test_only_pages_that_exist_are_offered() -> None:
    groups = navigation.build("/")
    assert [group.title for group in groups] == [
        "",
        "Управление лицевым счётом SIP",
        "Управление абонентами SIP",
        "Сервис",
    ]
    assert [item.title for item in everything(groups)] == [
        "Главная",
        "Счета",
        "Детализация на E-mail",
        "Выбор SIP-абонента",
        "Мои заказы",
    ]


def test_a_group_without_pages_is_left_out() -> None:
    with override_settings(ROOT_URLCONF="accounts.urls"):
        assert navigation.build("/") == []


@pytest.mark.parametrize(
    ("path", "marked"),
    [
        ("/", [("Главная", "page")]),
        ("/detail/", [("Детализация на E-mail", "page")]),
        ("/detail/step/", [("Детализация на E-mail", "true")]),
        ("/subscribers/", [("Выбор SIP-абонента", "page")]),
        ("/elsewhere/", []),
    ],
)
def test_the_page_or_its_section_is_marked(path: str, marked: list[tuple[str, str]]) -> None:
    assert current(navigation.build(path)) == marked


def test_a_chosen_subscriber_opens_his_menu() -> None:
    groups = navigation.build("/subscribers/7/calls/", TRUNK)
    titles = [item.title for item in flat(groups[2].items)]
    assert titles == [
        "Выбор SIP-абонента",
        "+375 44 711-20-30",
        "Персональная информация",
        "SIP-телефония",
        "SIP-многоканальность",
        "Просмотр детализации",
    ]
    assert current(groups) == [("Просмотр детализации", "page")]
    assert {item.url for item in everything(groups)} >= {"/subscribers/7/", "/subscribers/7/calls/"}


def test_channels_are_no_business_of_a_number_on_a_trunk() -> None:
    """Only a «SIP-соединение» has channels (3.3)."""
    titles = [item.title for item in everything(navigation.build("/subscribers/8/", NUMBER))]
    assert "SIP-многоканальность" not in titles
    assert "SIP-телефония" not in titles
    assert "Просмотр детализации" in titles
