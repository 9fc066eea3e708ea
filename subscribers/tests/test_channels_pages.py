"""The pages of «SIP-многоканальность»: the section, its advice, the three steps and the refusals (3.3)."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.actor import Actor
from accounts.models import Account, User
from sipcabinet.lib import clock
from sipcabinet.lib.charts.peaks import DayPeak
from sipcabinet.tests.page_text import text
from subscribers.models import ChannelAssignment, ChannelPackage, ChannelPeak, ChannelPrice, Operation, Subscriber
from subscribers.selectors import channels as channel_selectors
from subscribers.selectors.peaks import DAYS, Advice, LoadVerdict, Peaks, advise
from subscribers.services import channels, numbers
from subscribers.tests.factories import (
    AccountSourceFactory,
    ChannelPackageFactory,
    NumberFactory,
    PlanTermsFactory,
    TariffPlanFactory,
    TrunkFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("two_channels")]
WEEK = timedelta(days=7)
LOCKED = "Сейчас сменить пакет каналов нельзя"


def section(subscriber: Subscriber) -> str:
    return reverse("subscribers:channels", args=[subscriber.pk])


def step(subscriber: Subscriber) -> str:
    return reverse("subscribers:channels_change", args=[subscriber.pk])


def review(subscriber: Subscriber, package: ChannelPackage) -> str:
    return reverse("subscribers:channels_review", args=[subscriber.pk, package.pk])


# --- The section -----------------------------------------------------------------------------------------------------
def test_the_section_shows_the_package(client: Client, trunk: Subscriber) -> None:
    page = text(client.get(section(trunk)))
    for shown in ("2 канала", "0,00 BYN в месяц", "20.03.2024, 10:00", "возможна сейчас", "Подключение номера"):
        assert shown in page
    assert step(trunk) in page


def test_the_section_takes_few_queries(client: Client, trunk: Subscriber, ten: ChannelPackage) -> None:
    for size in (15, 30, 60):
        ChannelPackageFactory.create(channels=size, fee=size)
    client.get(section(trunk))
    with CaptureQueriesContext(connection) as queries:
        client.get(section(trunk))
    ours = [one["sql"] for one in queries if '"subscribers_' in one["sql"]]
    assert len(ours) <= 9, ours


def test_a_number_is_led_to_its_trunk(client: Client, trunk: Subscriber, ten: ChannelPackage) -> None:
    number = NumberFactory.create(trunk=trunk)
    for address in (section(number), step(number), review(number, ten)):
        page = text(client.get(address))
        assert "У SIP-номера нет своих каналов" in page
        assert section(trunk) in page
        assert 'method="post" class="stack"' not in page
    for address in (step(number), review(number, ten)):
        assert "У SIP-номера нет своих каналов" in text(client.post(address, {"package": ten.pk}), 409)


def test_a_closed_trunk_shows_what_it_had(client: Client, trunk: Subscriber, ten: ChannelPackage) -> None:
    numbers.close(subscriber=trunk)
    for address in (section(trunk), step(trunk), review(trunk, ten)):
        page = text(client.get(address))
        assert "отключено 22.11.2026" in page
        assert "2 канала" in page
        assert f'href="{step(trunk)}"' not in page
    assert "отключено 22.11.2026" in text(client.post(review(trunk, ten)), 409)


def test_the_history_tells_who_and_why(
    client: Client, trunk: Subscriber, ten: ChannelPackage, staff: User, owner: User
) -> None:
    mine = channels.change(package=ten, trunk=trunk, by=Actor(owner))
    two = ChannelPackage.objects.get(channels=2)
    theirs = channels.change(package=two, trunk=trunk, by=Actor(staff, reason="Письмо № 12"))
    page = text(client.get(section(trunk)))
    for operation in (mine, theirs):
        assert reverse("subscribers:operation", args=[trunk.pk, operation.pk]) in page
        assert operation.number in page
    assert "Письмо № 12" in page
    lines = [(line.row.package.channels, line.made_by) for line in client.get(section(trunk)).context["history"]]
    assert lines == [(2, "Оператор"), (10, owner.get_full_name() or str(owner)), (2, "Оператор")]


# --- The steps -------------------------------------------------------------------------------------------------------
def test_from_the_section_to_the_operation(client: Client, trunk: Subscriber, ten: ChannelPackage) -> None:
    form = client.get(step(trunk)).context["form"]
    labels = {label.title: label for _, label in form.fields["package"].choices}
    assert (labels["2 канала"].disabled, labels["2 канала"].detail) == (True, "подключён сейчас")
    assert (labels["10 каналов"].disabled, labels["10 каналов"].detail) == (False, "до 10 одновременных звонков")
    answer = client.post(step(trunk), {"package": ten.pk})
    assert (answer.status_code, answer.headers["Location"]) == (302, review(trunk, ten))
    answer = client.get(review(trunk, ten))
    page = text(answer)
    for shown in (
        "2 канала, 0,00 BYN в месяц", "10 каналов, 11,00 BYN в месяц", "В счёте за ноябрь 2026", "3,30 BYN",
        "9 дней из 30", "не раньше 29.11.2026, 10:00", "Изменить пакет",
    ):  # fmt: skip
        assert shown in page
    assert not Operation.objects.exists()
    answer = client.post(review(trunk, ten), {"token": answer.context["form"]["token"].value()})
    operation = Operation.objects.get()
    assert answer.headers["Location"] == reverse("subscribers:operation", args=[trunk.pk, operation.pk]) + "?done=1"
    assert operation.number in text(client.get(answer.headers["Location"]))
    assert ChannelAssignment.objects.get(ended_at=None).package == ten


def test_a_confirmation_sent_twice_leads_to_the_same_page(
    client: Client, trunk: Subscriber, ten: ChannelPackage
) -> None:
    answers = [client.post(review(trunk, ten), {"token": "t"}) for _ in range(2)]
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert Operation.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({}, "Отметьте пакет каналов"),
        ({"package": ""}, "Отметьте пакет каналов"),
        ({"package": "999999"}, "Отметьте пакет из списка"),
        ({"package": "0x1"}, "Отметьте пакет из списка"),
        ({"package": "9" * 40}, "Отметьте пакет из списка"),
        ({"package": "\x07"}, "Отметьте пакет из списка"),
    ],
)
def test_a_wrong_mark_is_told_beside_the_field(
    client: Client, trunk: Subscriber, ten: ChannelPackage, wrong: dict[str, str], message: str
) -> None:
    answer = client.post(step(trunk), wrong)
    assert answer.context["form"].errors["package"] == [message]
    assert message in text(answer)


def test_the_present_package_cannot_be_marked(client: Client, trunk: Subscriber, ten: ChannelPackage) -> None:
    now = ChannelPackage.objects.get(channels=2)
    assert "Этот пакет уже подключён" in text(client.post(step(trunk), {"package": now.pk}))
    assert "Этот пакет каналов уже подключён" in text(client.get(review(trunk, now)))
    assert "Этот пакет каналов уже подключён" in text(client.post(review(trunk, now), {"token": "t"}), 409)


@pytest.mark.parametrize("how", ["not offered", "no price"])
def test_a_package_that_cannot_be_had_says_so(client: Client, trunk: Subscriber, ten: ChannelPackage, how: str) -> None:
    if how == "no price":
        ChannelPrice.objects.filter(package=ten).update(valid_until=date(2026, 1, 1))
    else:
        ChannelPackage.objects.filter(pk=ten.pk).update(is_offered=False)
    assert "Других пакетов каналов сейчас нет" in text(client.get(step(trunk)))
    assert "Подключить этот пакет каналов нельзя" in text(client.get(review(trunk, ten)))
    assert "Подключить этот пакет каналов нельзя" in text(client.post(review(trunk, ten)), 409)
    assert not Operation.objects.exists()


def test_extra_fields_are_ignored(client: Client, trunk: Subscriber, ten: ChannelPackage, owner: User) -> None:
    other = TrunkFactory.create(account=owner.account)
    client.post(
        review(trunk, ten),
        {
            "token": "t",
            "override_reason": "Хочу",
            "reason": "Хочу",
            "locked_until": "2020-01-01",
            "package": ChannelPackageFactory.create(channels=120, fee=1).pk,
            "trunk": other.pk,
            "subscriber": other.pk,
        },
    )
    now = ChannelAssignment.objects.get(ended_at=None)
    assert (now.subscriber, now.package, now.locked_until) == (trunk, ten, clock.now() + WEEK)
    assert Operation.objects.get().reason == ""


def test_a_broken_token_asks_again(client: Client, trunk: Subscriber, ten: ChannelPackage) -> None:
    for token in ("x" * 65, "x" * 5000):
        answer = client.post(review(trunk, ten), {"token": token})
        assert (answer.status_code, answer.headers["Location"]) == (302, review(trunk, ten))
    assert not Operation.objects.exists()


def test_what_was_marked_stands_marked_on_the_way_back(client: Client, trunk: Subscriber, ten: ChannelPackage) -> None:
    back = client.get(review(trunk, ten)).context["back_url"]
    assert client.get(back).context["form"]["package"].value() == ten.pk
    for wrong in ("x", "", "9" * 30, "²"):
        assert client.get(step(trunk), {"package": wrong}).status_code == 200


# --- Less than seven days --------------------------------------------------------------------------------------------
@pytest.fixture
def changed(at: Callable[[str], Any], trunk: Subscriber, ten: ChannelPackage, owner: User) -> Any:
    """Sets the clock; the trunk's package has just been changed."""
    traveller = at("2026-11-27 23:30")
    channels.change(trunk=trunk, package=ten, by=Actor(owner))
    return traveller


def test_within_seven_days_there_is_a_date_and_no_form(
    client_of: Callable[[User], Client], owner: User, changed: Any, trunk: Subscriber
) -> None:
    thirty = ChannelPackageFactory.create(channels=30, fee=30)
    changed.shift(WEEK - timedelta(seconds=1))
    client = client_of(owner)
    answers = [(client.get(address), 200) for address in (section(trunk), step(trunk), review(trunk, thirty))]
    answers += [(client.post(step(trunk), {"package": thirty.pk}), 409)]
    answers += [(client.post(review(trunk, thirty), {"token": "t"}), 409)]
    for answer, status in answers:
        page = text(answer, status)
        assert LOCKED in page
        assert "04.12.2026, 23:30" in page
        assert "<main" in page
        assert "<form" not in page.split("<main")[1].split("</main")[0]
    assert Operation.objects.count() == 1
    changed.shift(timedelta(seconds=1))
    assert LOCKED not in text(client.get(section(trunk)))
    assert client.post(review(trunk, thirty), {"token": "t"}).status_code == 302


def test_a_new_customer_sizes_the_trunk_at_once(
    client: Client, account: Account, ten: ChannelPackage, at: Callable[[str], Any]
) -> None:
    """From the connection to another package within an hour; after that change the page shows a date and no form."""
    at("2026-11-22 10:00")
    ChannelPackageFactory.create(channels=2)
    plan = PlanTermsFactory.create(plan=TariffPlanFactory.create(), included_channels=2).plan
    fresh = numbers.open_trunk(account=account, phone="+375447112050", plan=plan)
    page = text(client.get(section(fresh)))
    assert "возможна сейчас" in page
    assert step(fresh) in page
    assert client.post(step(fresh), {"package": ten.pk}).headers["Location"] == review(fresh, ten)
    assert client.post(review(fresh, ten), {"token": "t"}).status_code == 302
    page = text(client.get(section(fresh)))
    assert LOCKED in page
    assert "29.11.2026, 10:00" in page


# --- Whose it is -----------------------------------------------------------------------------------------------------
def test_another_accounts_trunk_is_as_good_as_missing(
    trunk: Subscriber, ten: ChannelPackage, other_owner: User, client_of: Callable[[User], Client]
) -> None:
    stranger = client_of(other_owner)
    for address in (section(trunk), step(trunk), review(trunk, ten)):
        assert stranger.get(address).status_code == 404
    assert stranger.post(review(trunk, ten), {"token": "t"}).status_code == 404
    assert not Operation.objects.exists()


def test_what_is_not_there_and_what_is_not_allowed(client: Client, trunk: Subscriber, ten: ChannelPackage) -> None:
    huge = 10**25
    for address in (
        f"/subscribers/{huge}/channels/",
        f"/subscribers/{huge}/channels/change/",
        f"/subscribers/{trunk.pk}/channels/change/{huge}/",
        f"/subscribers/{trunk.pk}/channels/change/999999/",
        f"/subscribers/{trunk.pk}/channels/change/ten/",
    ):
        assert client.get(address).status_code == 404
        assert client.post(address).status_code == 404
    assert client.post(section(trunk)).status_code == 405
    for address in (section(trunk), step(trunk), review(trunk, ten)):
        assert client.put(address).status_code == client.delete(address).status_code == 405


# --- Advice ----------------------------------------------------------------------------------------------------------
def busy(trunk: Subscriber, *calls: int, counted: bool = True) -> None:
    """Creates peaks of the last days, beginning with today."""
    for back, peak in enumerate(calls):
        ChannelPeak.objects.create(
            account_id=trunk.account_id,
            trunk=trunk,
            day=clock.today() - timedelta(days=back),
            calls=peak,
            counted_at=clock.now() if counted else None,
        )


@pytest.mark.parametrize(
    ("highest", "verdict"),
    [(0, "enough"), (7, "enough"), (8, "close"), (10, "close"), (11, "small")],
)
def test_eighty_per_cent_is_close_and_more_than_all_is_too_much(highest: int, verdict: str) -> None:
    peaks = Peaks([DayPeak(date(2026, 11, 1), highest), DayPeak(date(2026, 11, 2), 0)], known_at=None, waiting=0)
    assert advise(peaks, 10, []).verdict == verdict


def test_the_smallest_package_that_would_do_is_advised(trunk: Subscriber, ten: ChannelPackage) -> None:
    for size in (5, 15, 30):
        ChannelPackageFactory.create(channels=size, fee=size + 1)
    peaks = Peaks([DayPeak(date(2026, 11, day), calls) for day, calls in ((1, 3), (2, 11), (3, 2))], None, 0)
    offered = channel_selectors.offered(channel_selectors.catalogue(clock.today()))
    found = advise(peaks, 2, offered)
    assert found == Advice(
        LoadVerdict.SMALL, days_over=2, better=next(one for one in offered if one.package.channels == 15)
    )
    assert advise(Peaks([DayPeak(date(2026, 11, 1), 31)], None, 0), 2, offered).better is None


def test_the_page_advises_in_words(client: Client, trunk: Subscriber, ten: ChannelPackage) -> None:
    assert "За последние 30 дней звонков не было" in text(client.get(section(trunk)))
    busy(trunk, 1, 1)
    assert "Пик за день: 1 из 2 каналов. Пакета хватает с запасом." in text(client.get(section(trunk)))
    ChannelPeak.objects.update(calls=2)
    assert "запаса почти не остаётся" in text(client.get(section(trunk)))
    ChannelPeak.objects.update(calls=9)
    AccountSourceFactory.create(account=trunk.account)
    page = text(client.get(section(trunk)))
    assert "Пик за день: 9 из 2 каналов. Пакета не хватало: 2 дня из последних 30 дней." in page
    assert "Хватит пакета «10 каналов», 11,00 BYN в месяц без НДС." in page
    assert "Звонки учтены по 22.11.2026, 10:00" in page
    ChannelPeak.objects.update(calls=11)
    assert "Пакета на столько каналов нет" in text(client.get(section(trunk)))
    assert "Каналов нового пакета не хватило бы 2 дня" in text(client.get(review(trunk, ten)))


def test_only_the_last_thirty_days_of_this_trunk_are_shown(client: Client, trunk: Subscriber) -> None:
    busy(trunk, *[1] * DAYS, 99)
    busy(TrunkFactory.create(account=trunk.account), 50)
    context = client.get(section(trunk)).context
    assert context["peaks"].highest == 1
    assert len(context["peaks_chart"].columns) == DAYS
    assert context["peaks_chart"].columns[-1].day == date(2026, 11, 22)


def test_days_that_are_not_counted_yet_are_told(client: Client, trunk: Subscriber) -> None:
    AccountSourceFactory.create(account=trunk.account)
    busy(trunk, 0, 0, counted=False)
    page = text(client.get(section(trunk)))
    assert "данные ещё уточняются: 2 дня" in page
    assert "Звонки учтены" not in page
