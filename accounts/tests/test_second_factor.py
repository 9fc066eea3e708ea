"""Confirming sign-ins by a code (ASVS): required of staff, offered to customers."""

import base64
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

from accounts.models import AuditEvent, SignIn, SignInOutcome, User
from accounts.tests.factories import PASSWORD, StaffFactory
from accounts.tests.second_factor import at_the_code, code_of, enrolled
from accounts.tests.signing_in import is_signed_in, issue, knock
from notifications.models import Letter

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock_at_ten(at: Callable[[str], Any], request: pytest.FixtureRequest) -> Any:
    """Sets the clock: a code is valid for half a minute, and a test must not cross the end of that time."""
    return at("2026-11-22 10:00:05")


def test_it_is_turned_on_with_password_picture_and_first_code(owner: User, client_of: Callable[[User], Client]) -> None:
    client = client_of(owner)
    assert "password" in client.get("/security/code/on/").context["form"].fields
    assert not TOTPDevice.objects.exists()  # a GET creates no key
    assert client.post("/security/code/on/", {"password": PASSWORD})["Location"] == "/security/code/on/"
    page = client.get("/security/code/on/").content.decode()
    device = TOTPDevice.objects.get()
    secret = base64.b32encode(device.bin_key).decode()
    assert secret in re.sub(r"\s", "", page)
    picture = base64.b64decode(re.findall(r"data:image/svg\+xml;base64,([^\"]+)", page)[0])
    assert picture.startswith(b"<?xml")
    assert b"style=" not in picture
    assert not device.confirmed
    done = client.post("/security/code/on/", {"code": f" {code_of(device)[:3]} {code_of(device)[3:]} "})
    assert len(done.context["codes"]) == 10
    assert TOTPDevice.objects.get().confirmed
    assert client.get("/security/").status_code == 200
    assert set(AuditEvent.objects.values_list("action", flat=True)) == {"second_factor.on"}
    assert Letter.objects.get().kind == "second_factor_on"


def test_turning_on_takes_the_password_and_a_right_code(owner: User, client_of: Callable[[User], Client]) -> None:
    client = client_of(owner)
    assert client.post("/security/code/on/", {"password": "не-тот"}).context["form"].errors["password"]
    assert not TOTPDevice.objects.exists()
    client.post("/security/code/on/", {"password": PASSWORD})
    wrong = f"{(int(code_of(TOTPDevice.objects.get())) + 1) % 1_000_000:06d}"
    for code in (wrong, "", "abcdef", "-12345", "99999999999999999999999999999999", "１２３４５６"):
        assert client.post("/security/code/on/", {"code": code}).context["form"].errors["code"]
    assert not TOTPDevice.objects.get().confirmed
    assert not Letter.objects.exists()


def test_a_new_key_is_shown_to_the_session_that_gave_the_password_alone(
    owner: User, client_of: Callable[[User], Client], clock_at_ten: Any
) -> None:
    mine, other = client_of(owner), client_of(owner)
    mine.post("/security/code/on/", {"password": PASSWORD})
    device = TOTPDevice.objects.get()
    assert "secret" in mine.get("/security/code/on/").context
    assert "password" in other.get("/security/code/on/").context["form"].fields
    assert "secret" not in other.get("/security/code/on/").context
    other.post("/security/code/on/", {"code": code_of(device)})
    assert not TOTPDevice.objects.get().confirmed
    clock_at_ten.shift(601)
    assert "password" in mine.get("/security/code/on/").context["form"].fields
    mine.post("/security/code/on/", {"code": code_of(device)})
    assert not TOTPDevice.objects.get().confirmed


def test_a_key_that_was_never_confirmed_asks_for_nothing(owner: User, client_of: Callable[[User], Client]) -> None:
    client_of(owner).post("/security/code/on/", {"password": PASSWORD})
    assert at_the_code(owner).get("/security/").status_code == 200


@pytest.mark.parametrize("page", ["/", "/security/", "/journal/", "/password/", "/security/code/off/", "/admin/"])
def test_before_the_code_every_page_leads_to_it(owner: User, client_of: Callable[[User], Client], page: str) -> None:
    enrolled(owner, client_of(owner))
    assert at_the_code(owner).get(page)["Location"].startswith("/sign-in/code/?next=")


def test_the_code_opens_the_page_that_was_asked_for(
    owner: User, client_of: Callable[[User], Client], clock_at_ten: Any
) -> None:
    device, _codes = enrolled(owner, client_of(owner))
    clock_at_ten.shift(30)
    client = at_the_code(owner)
    before = client.cookies["session"].value
    response = client.post("/sign-in/code/?next=/journal/", {"code": code_of(device)})
    assert response["Location"] == "/journal/"
    assert client.get("/journal/").status_code == 200
    assert client.cookies["session"].value != before


def test_the_code_leads_to_no_other_site(owner: User, client_of: Callable[[User], Client], clock_at_ten: Any) -> None:
    device, _codes = enrolled(owner, client_of(owner))
    clock_at_ten.shift(30)
    client = at_the_code(owner)
    assert client.post("/sign-in/code/?next=//evil.example", {"code": code_of(device)})["Location"] == "/"


def test_a_code_works_once(owner: User, client_of: Callable[[User], Client], clock_at_ten: Any) -> None:
    device, _codes = enrolled(owner, client_of(owner))
    clock_at_ten.shift(30)
    code = code_of(device)
    assert at_the_code(owner).post("/sign-in/code/", {"code": code}).status_code == 302
    again = at_the_code(owner).post("/sign-in/code/", {"code": code})
    assert again.context["form"].errors["code"] == ["Код не подошёл. Введите тот, что приложение показывает сейчас."]
    assert SignIn.objects.filter(outcome=SignInOutcome.REFUSED_CODE).count() == 1


def test_anothers_code_is_wrong(
    owner: User, other_owner: User, client_of: Callable[[User], Client], clock_at_ten: Any
) -> None:
    enrolled(owner, client_of(owner))
    theirs, codes = enrolled(other_owner, client_of(other_owner))
    clock_at_ten.shift(30)
    client = at_the_code(owner)
    for code in (code_of(theirs), codes[0]):
        assert client.post("/sign-in/code/", {"code": code}).status_code == 200
    assert client.get("/security/").status_code == 302


def test_a_recovery_code_works_once_and_is_told_of(owner: User, client_of: Callable[[User], Client]) -> None:
    _device, codes = enrolled(owner, client_of(owner))
    spelled = codes[3].lower().replace("-", " ")
    assert at_the_code(owner).post("/sign-in/code/", {"code": spelled}).status_code == 302
    assert at_the_code(owner).post("/sign-in/code/", {"code": codes[3]}).status_code == 200
    assert AuditEvent.objects.filter(action="second_factor.code_used").count() == 1
    assert StaticToken.objects.count() == 9


def test_recovery_codes_are_not_kept_in_the_open(owner: User, client_of: Callable[[User], Client]) -> None:
    _device, codes = enrolled(owner, client_of(owner))
    kept = set(StaticToken.objects.values_list("token", flat=True))
    assert len(kept) == 10
    assert not kept & {*codes, *(code.replace("-", "") for code in codes)}


def test_new_recovery_codes_void_the_former(owner: User, client_of: Callable[[User], Client]) -> None:
    client = client_of(owner)
    _device, former = enrolled(owner, client)
    assert client.post("/security/code/recovery/", {"password": "не-тот"}).context["form"].errors["password"]
    newer = client.post("/security/code/recovery/", {"password": PASSWORD}).context["codes"]
    assert not set(former) & set(newer)
    assert at_the_code(owner).post("/sign-in/code/", {"code": former[0]}).status_code == 200
    assert at_the_code(owner).post("/sign-in/code/", {"code": newer[0]}).status_code == 302


def test_guessing_codes_is_throttled(
    owner: User, client_of: Callable[[User], Client], settings: Settings, clock_at_ten: Any
) -> None:
    device, _codes = enrolled(owner, client_of(owner))
    settings.SIGN_IN_LIMITS = {**settings.SIGN_IN_LIMITS, "code": 3}
    clock_at_ten.shift(30)
    client = at_the_code(owner)
    for _attempt in range(3):
        client.post("/sign-in/code/", {"code": "000000"})
    refused = client.post("/sign-in/code/", {"code": code_of(device)})
    assert "Слишком много попыток" in refused.context["form"].errors["code"][0]
    clock_at_ten.shift(15 * 60)
    assert client.post("/sign-in/code/", {"code": code_of(device)}).status_code == 302


def test_it_is_turned_off_with_the_password(owner: User, client_of: Callable[[User], Client]) -> None:
    client = client_of(owner)
    enrolled(owner, client)
    assert client.post("/security/code/off/", {"password": "не-тот"}).context["form"].errors["password"]
    assert TOTPDevice.objects.exists()
    assert client.post("/security/code/off/", {"password": PASSWORD})["Location"] == "/security/"
    assert not TOTPDevice.objects.exists()
    assert not StaticToken.objects.exists()
    assert at_the_code(owner).get("/security/").status_code == 200
    assert Letter.objects.filter(kind="second_factor_off").exists()


def test_a_temporary_password_does_not_spare_the_code(
    owner: User, client_of: Callable[[User], Client], clock_at_ten: Any
) -> None:
    device, _codes = enrolled(owner, client_of(owner))
    clock_at_ten.shift(30)
    text, _temporary = issue(owner)
    client = Client()
    knock(client, owner.phone, text)
    assert client.get("/password/")["Location"].startswith("/sign-in/code/")
    client.post("/sign-in/code/", {"code": code_of(device)})
    assert client.get("/security/")["Location"].startswith("/password/")
    assert client.get("/password/").status_code == 200


def test_staff_cannot_work_without(client_of: Callable[[User], Client]) -> None:
    staff = StaffFactory.create(device=False)
    client = client_of(staff)
    assert client.get("/admin/").status_code == 302
    enrolled(staff, client)
    assert client.get("/admin/").status_code == 200


def test_staff_with_a_key_must_show_a_code(clock_at_ten: Any, staff: User) -> None:
    client = Client()
    knock(client, staff.phone, PASSWORD)
    assert client.get("/admin/")["Location"].startswith("/sign-in/code/")
    assert client.get("/security/code/on/")["Location"].startswith("/sign-in/code/")
    client.post("/sign-in/code/", {"code": code_of(TOTPDevice.objects.get(user=staff))})
    assert client.get("/admin/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_code_used_twice_at_once_lets_one_in(settings: Settings) -> None:
    settings.SIGN_IN_LIMITS = {**settings.SIGN_IN_LIMITS, "phone": 50, "code": 50}
    staff = StaffFactory.create()
    clients = [at_the_code(staff) for _browser in range(6)]
    code = code_of(TOTPDevice.objects.get(user=staff))
    gate = threading.Barrier(len(clients))

    def use(client: Client) -> int:
        try:
            gate.wait(timeout=20)
            return int(client.post("/sign-in/code/", {"code": code}).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(clients)) as pool:
        assert sorted(pool.map(use, clients)) == [200] * 5 + [302]


def test_signing_out_is_possible_before_the_code(staff: User) -> None:
    client = Client()
    knock(client, staff.phone, PASSWORD)
    client.post("/sign-out/")
    assert not is_signed_in(client)
