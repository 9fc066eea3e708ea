"""Password and code are asked for again before rights are changed, and the typed values are kept (4.10)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

from accounts.models import AuditEvent, Session, User
from accounts.services import second_factor, sessions
from accounts.tests.factories import PASSWORD, StaffFactory
from accounts.tests.signing_in import is_signed_in
from sipcabinet.tests.signed_in import signed_in

pytestmark = pytest.mark.django_db
NEW = "сложно-но-можно-7"
PAGE = "accounts/step_up.html"


@pytest.fixture(autouse=True)
def clock_at_ten(at: Callable[[str], Any]) -> Any:
    """Stops the clock: a code is valid for half a minute, and the tests must not cross that border."""
    return at("2026-11-22 10:00:05")


@pytest.fixture
def browser(staff: User) -> Client:
    """A client of a superuser who has signed in but was not asked again for password and code."""
    return signed_in(staff)


@pytest.fixture
def address(staff: User) -> str:
    """The URL of a colleague's page."""
    return reverse("admin:accounts_user_change", args=[StaffFactory.create(is_superuser=False, name="Инна").pk])


def code_of(user: User, *, later: int = 0) -> str:
    return f"{totp(TOTPDevice.objects.get(user=user).bin_key, drift=later):06d}"


def is_asked(answer: Any) -> bool:
    return PAGE in [template.name for template in answer.templates]


def answer_to(asked: Any, browser: Client, address: str, *, password: str = PASSWORD, code: str) -> Any:
    """Answers the question for password and code, with the hidden fields of its page."""
    carried = asked.context["form"]["carried"].value() or ""
    return browser.post(address, {"password": password, "code": code, "carried": carried})


def test_a_superuser_is_asked_and_comes_back(browser: Client, staff: User, address: str) -> None:
    for place in (address, reverse("admin:accounts_user_add"), reverse("admin:auth_group_add")):
        assert is_asked(browser.get(place))
    answer = answer_to(
        browser.get(f"{address}?_changelist_filters=q%3D1"), browser, f"{address}?q=1", code=code_of(staff)
    )
    assert (answer.status_code, answer["Location"]) == (302, f"{address}?q=1")
    assert browser.get(address).context["adminform"].form.initial["name"] == "Инна"
    event = AuditEvent.objects.get(action="step_up.done")
    assert (event.user, event.address) == (staff, "127.0.0.1")


def test_pages_of_customers_and_lists_ask_nothing(browser: Client, owner: User) -> None:
    for place in (reverse("admin:accounts_user_change", args=[owner.pk]), reverse("admin:accounts_user_changelist")):
        assert not is_asked(browser.get(place))


@pytest.mark.parametrize(("password", "right_code"), [("не-тот", True), (PASSWORD, False), ("не-тот", False)])
def test_a_refusal_does_not_say_which_was_wrong(
    browser: Client, staff: User, address: str, password: str, right_code: bool
) -> None:
    code = code_of(staff) if right_code else f"{(int(code_of(staff)) + 1) % 1_000_000:06d}"
    answer = answer_to(browser.get(address), browser, address, password=password, code=code)
    assert is_asked(answer)
    assert answer.context["form"].errors == {"__all__": ["Неверный пароль или код."]}
    assert is_asked(browser.get(address))
    assert AuditEvent.objects.get().action == "step_up.refused"
    again = answer_to(browser.get(address), browser, address, code=code_of(staff))
    assert again.status_code == 302  # the code is still valid: a wrong password did not use it up


def test_what_was_typed_goes_on_by_itself(browser: Client, staff: User, address: str) -> None:
    group = Group.objects.create(name="Касса")
    typed = {"name": "Инна Ивановна", "is_active": "on", "new_password": NEW, "groups": [group.pk]}
    asked = browser.post(address, typed)
    assert is_asked(asked)
    page = asked.content.decode()
    assert NEW not in page
    assert "Введённое сохранено" in page
    wrong = answer_to(asked, browser, address, password="не-тот", code=code_of(staff))
    done = answer_to(wrong, browser, address, code=code_of(staff))  # also after a wrong password
    assert done["Location"] == reverse("admin:accounts_user_changelist")
    person = User.objects.get(name="Инна Ивановна")
    assert person.check_password(NEW)
    assert list(person.groups.all()) == [group]


def test_an_action_goes_on_by_itself(browser: Client, staff: User, owner: User) -> None:
    TOTPDevice.objects.create(user=owner, name="Приложение", confirmed=True)
    place = reverse("admin:accounts_user_changelist")
    asked = browser.post(place, {"action": "drop_second_factor", "_selected_action": [owner.pk], "index": "0"})
    assert is_asked(asked)
    assert TOTPDevice.objects.filter(user=owner).exists()
    assert answer_to(asked, browser, place, code=code_of(staff)).status_code == 302
    assert not TOTPDevice.objects.filter(user=owner).exists()


def test_what_is_carried_is_of_this_login_and_page(
    browser: Client, staff: User, address: str, clock_at_ten: Any
) -> None:
    other = StaffFactory.create()
    stolen = signed_in(other).post(address, {"name": "Чужое"}).context["form"]["carried"].value()
    mine = browser.post(reverse("admin:auth_group_add"), {"name": "Не то"}).context["form"]["carried"].value()
    old = browser.post(address, {"name": "Старое", "is_active": "on"}).context["form"]["carried"].value()
    answer_to(browser.get(address), browser, address, code=code_of(staff))
    clock_at_ten.shift(20)
    for carried in (stolen, mine, "чужие слова"):
        answer = browser.post(address, {"carried": carried}, follow=True)
        assert "изменения не сохранены" in answer.content.decode()
    for _turn in range(3):
        clock_at_ten.shift(9 * 60)
        browser.get("/admin/")
    clock_at_ten.shift(9 * 60)
    answer = answer_to(browser.get(address), browser, address, code=code_of(staff))
    assert "изменения не сохранены" in browser.post(address, {"carried": old}, follow=True).content.decode()
    assert User.objects.filter(name="Инна").exists()


def test_it_is_good_for_ten_minutes(browser: Client, staff: User, address: str, clock_at_ten: Any) -> None:
    answer_to(browser.get(address), browser, address, code=code_of(staff))
    for seconds, asked in ((599, False), (1, True)):
        clock_at_ten.shift(seconds)
        assert is_asked(browser.get(address)) is asked


def test_it_is_good_for_this_session_alone_under_a_new_key(browser: Client, staff: User, address: str) -> None:
    elsewhere, stolen = signed_in(staff), Client()
    stolen.cookies["session"] = browser.cookies["session"].value
    answer_to(browser.get(address), browser, address, code=code_of(staff))
    assert not is_asked(browser.get(address))
    assert is_asked(elsewhere.get(address))
    assert not is_signed_in(stolen)
    assert Session.objects.filter(user=staff).count() == 2


def test_a_code_is_good_once_and_a_recovery_code_too(browser: Client, staff: User, address: str) -> None:
    code = code_of(staff)
    answer_to(browser.get(address), browser, address, code=code)
    other = signed_in(staff)
    assert is_asked(answer_to(other.get(address), other, address, code=code))
    device = StaticDevice.objects.create(user=staff, confirmed=True)
    StaticToken.objects.create(device=device, token=second_factor._digest(staff, "K7PD4MXRW2TH"))
    for is_refused in (False, True):
        third = signed_in(staff)
        asked = is_asked(answer_to(third.get(address), third, address, code="k7pd-4mxr-w2th"))
        assert asked is is_refused


def test_guessing_is_throttled_with_the_other_proofs(
    browser: Client, staff: User, address: str, settings: Settings
) -> None:
    settings.SIGN_IN_LIMITS = {**settings.SIGN_IN_LIMITS, "own": 3}
    for _guess in range(2):
        answer_to(browser.get(address), browser, address, code="000000")
    browser.post("/security/code/off/", {"password": "не-тот", "code": "000000"})
    answer = answer_to(browser.get(address), browser, address, code=code_of(staff))
    assert (answer.status_code, int(answer["Retry-After"]) > 0) == (429, True)
    assert "Слишком много попыток" in answer.content.decode()
    assert is_asked(browser.get(address))


@pytest.mark.parametrize("page", ["/security/code/off/", "/security/code/recovery/"])
def test_a_password_alone_does_not_make_a_new_code(browser: Client, staff: User, page: str) -> None:
    """Else a person with the password, at an open browser, could set up the code that the portal asks for."""
    assert browser.post(page, {"password": PASSWORD}).context["form"].errors["code"]
    assert browser.post(page, {"password": PASSWORD, "code": "000000"}).context["form"].errors["password"]
    assert TOTPDevice.objects.filter(user=staff, confirmed=True).exists()
    assert not StaticToken.objects.exists()
    assert browser.post(page, {"password": PASSWORD, "code": code_of(staff)}).status_code in {200, 302}
    assert not TOTPDevice.objects.exists() or StaticToken.objects.count() == 10


def test_a_new_password_ends_it(browser: Client, staff: User, address: str) -> None:
    answer_to(browser.get(address), browser, address, code=code_of(staff))
    browser.post("/password/", {"current": PASSWORD, "new_password": "зимний вечер", "repeated": "зимний вечер"})
    assert is_asked(browser.get(address))


def test_without_its_limit_it_would_last(
    browser: Client, staff: User, address: str, clock_at_ten: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_to(browser.get(address), browser, address, code=code_of(staff))
    clock_at_ten.shift(601)
    assert is_asked(browser.get(address))
    monkeypatch.setattr(sessions, "is_stepped_up", lambda request: sessions.STEPPED_UP in request.session)
    assert not is_asked(browser.get(address))
