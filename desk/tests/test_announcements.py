"""«Объявления» at the desk: a draft with its preview, the start, the progress and the stop (4.14)."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.tests.factories import AccountFactory, StaffFactory
from announcements.models import Announcement, AnnouncementState, Sending
from announcements.tests.factories import draft, started
from sipcabinet.lib import clock
from sipcabinet.tests.signed_in import signed_in

pytestmark = pytest.mark.django_db
LIST, NEW = "admin:desk_announcements", "admin:desk_announcement_new"
ONE, CHANGE = "admin:desk_announcement", "admin:desk_announcement_change"


@pytest.fixture
def desk(staff: User) -> Client:
    return signed_in(staff)


def person(*codes: str) -> Client:
    """A client of a person of the staff with these rights over announcements alone."""
    user = StaffFactory.create(is_superuser=False)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="announcements", codename__in=codes))
    return signed_in(User.objects.get(pk=user.pk))


def typed(**more: Any) -> dict[str, Any]:
    """What a person types into the form; None takes a field away."""
    until = clock.minsk(clock.now() + timedelta(days=3))
    given = {
        "title": "Плановые работы",
        "text": "Ночью 5 декабря возможны перерывы.",
        "by_banner": "on",
        "by_letter": "on",
        "shown_until": f"{until:%Y-%m-%dT%H:%M}",
        "audience": "all",
    }
    return {name: value for name, value in (given | more).items() if value is not None}


def test_a_draft_is_saved_previewed_and_started(desk: Client) -> None:
    AccountFactory.create_batch(3)
    answer = desk.post(reverse(NEW), typed(), follow=True)
    page = answer.content.decode()
    announcement = Announcement.objects.get()
    assert "Черновик сохранён" in page
    assert "Адресатов: <b>3</b>" in page
    assert page.count("Ночью 5 декабря возможны перерывы.") == 2  # the banner and the letter
    page = desk.post(reverse(ONE, args=[announcement.pk]), follow=True).content.decode()
    announcement.refresh_from_db()
    assert announcement.state == AnnouncementState.STARTED
    assert "Объявлено. Адресатов: 3." in page
    assert Sending.objects.get().announcement == announcement


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"title": ""}, "Обязательное поле."),
        ({"by_banner": None, "by_letter": None}, "Выберите, как сообщить"),
        ({"shown_until": ""}, "Укажите, до какого момента показывать"),
        ({"shown_until": "2020-01-01T10:00"}, "Этот момент должен быть позже начала показа"),
        ({"audience": "plan"}, "Выберите тарифный план"),
        ({"audience": "prefix", "prefix": "+375"}, "Введите начало номера"),
        ({"audience": "list"}, "Введите хотя бы один номер лицевого счёта"),
        ({"audience": "list", "account_numbers": "999, 888"}, "лицевых счетов с такими номерами нет: 999, 888"),
        ({"audience": "everybody"}, "Выберите корректный вариант"),
        ({"text": "я" * 4001}, "не более 4000 символов"),
    ],
)
def test_what_is_wrong_is_said_and_kept_and_nothing_is_written(
    desk: Client, more: dict[str, Any], message: str
) -> None:
    page = desk.post(reverse(NEW), typed(**more)).content.decode()
    assert message in page
    assert more.get("text") or "Ночью 5 декабря возможны перерывы." in page
    assert not Announcement.objects.exists()


def test_the_progress_counts_the_letters(desk: Client) -> None:
    AccountFactory.create_batch(2)
    page = desk.get(reverse(ONE, args=[started().pk])).content.decode()
    assert "Писем отправлено" in page
    assert "Письма: 0 из 2" in " ".join(page.split())


def test_a_started_one_is_stopped_once(desk: Client) -> None:
    AccountFactory.create()
    url = reverse(ONE, args=[started().pk])
    assert "Объявление остановлено" in desk.post(url, {"stop": "1"}, follow=True).content.decode()
    assert "останавливать нечего" in desk.post(url, {"stop": "1"}, follow=True).content.decode()


def test_a_started_one_has_no_form(desk: Client) -> None:
    AccountFactory.create()
    announcement = started()
    answer = desk.get(reverse(CHANGE, args=[announcement.pk]), follow=True)
    assert answer.redirect_chain[0][0] == reverse(ONE, args=[announcement.pk])
    assert "не меняется" in answer.content.decode()


def test_who_may_only_look_starts_and_changes_nothing() -> None:
    AccountFactory.create()
    announcement, client = draft(), person("view_announcement")
    assert client.get(reverse(LIST)).status_code == client.get(reverse(ONE, args=[announcement.pk])).status_code == 200
    assert "Объявить</button>" not in client.get(reverse(ONE, args=[announcement.pk])).content.decode()
    assert client.post(reverse(ONE, args=[announcement.pk])).status_code == 403
    assert client.get(reverse(NEW)).status_code == client.post(reverse(NEW), typed()).status_code == 403
    assert client.get(reverse(CHANGE, args=[announcement.pk])).status_code == 403
    announcement.refresh_from_db()
    assert announcement.state == AnnouncementState.DRAFT


def test_others_see_nothing() -> None:
    announcement, client = draft(), person()
    for url in (reverse(LIST), reverse(ONE, args=[announcement.pk])):
        assert client.get(url).status_code == 403


def test_an_empty_list_says_what_will_be_there(desk: Client) -> None:
    assert "Объявлений ещё не было" in desk.get(reverse(LIST)).content.decode()
