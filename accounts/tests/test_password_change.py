"""Смена пароля при первом входе и по желанию (1.1c)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import AuditEvent, Session, TemporaryPassword, User
from accounts.tests.factories import PASSWORD
from accounts.tests.signing_in import counted_hashes, is_signed_in, issue, knock
from notifications.models import Letter

NEW = "зимний вечер над Сожем"


def with_temporary(user: User, *, target: str = "") -> tuple[Client, str]:
    text, _temporary = issue(user)
    client = Client()
    assert knock(client, user.phone, text, target=target).status_code == 302
    return client, text


def change(client: Client, new: str = NEW, repeated: str | None = None, **data: str) -> Any:
    return client.post("/password/", {"new_password": new, "repeated": new if repeated is None else repeated, **data})


@pytest.mark.parametrize("page", ["/", "/security/", "/journal/", "/security/code/on/", "/admin/", "/sign-in/"])
def test_every_page_leads_to_the_change(owner: User, page: str) -> None:
    client, _text = with_temporary(owner)
    response = client.get(page)
    assert response.status_code == 302
    assert response["Location"].startswith("/password/?next=")


@pytest.mark.parametrize("page", ["/security/sessions/end-others/", "/security/code/on/"])
def test_no_post_gets_past_it(owner: User, page: str) -> None:
    client, _text = with_temporary(owner)
    assert client.post(page, {"password": PASSWORD})["Location"] == "/password/"


def test_help_and_the_way_out_stay_open(owner: User) -> None:
    client, _text = with_temporary(owner)
    assert client.get("/help/").status_code == 200
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert not is_signed_in(client)


def test_after_the_change_the_page_that_was_asked_for_opens(owner: User) -> None:
    client, _text = with_temporary(owner, target="/journal/")
    gate = client.get("/journal/")["Location"]
    assert gate == "/password/?next=%2Fjournal%2F"
    assert client.post(gate, {"new_password": NEW, "repeated": NEW})["Location"] == "/journal/"
    assert client.get("/journal/").status_code == 200


def test_the_new_password_signs_in_and_the_old_ones_do_not(owner: User) -> None:
    client, text = with_temporary(owner)
    assert change(client)["Location"] == "/"
    assert knock(Client(), owner.phone, PASSWORD).status_code == 200
    assert knock(Client(), owner.phone, text).status_code == 200
    assert knock(Client(), owner.phone, NEW).status_code == 302


def test_the_temporary_password_is_not_asked_for_again(owner: User) -> None:
    client, _text = with_temporary(owner)
    assert list(client.get("/password/").context["form"].fields) == ["new_password", "repeated"]


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("", "Введите пароль"),
        ("коротко", "8 символов"),
        ("д" * 129, "128"),
        ("password1", "распространён"),
        ("12345678", "распространён"),
        ("+375447112030", "номером телефона"),
        ("8 044 711-20-30", "номером телефона"),
        ("44 711 20 30", "номером телефона"),
        ("ооо полесские сети", "названием организации"),
        ("Полесские Сети", "названием организации"),
    ],
)
def test_what_may_not_be_a_password_is_told_at_the_field(
    owner: User, client_of: Callable[[User], Client], new: str, said: str
) -> None:
    owner.phone = "+375447112030"
    owner.save()
    assert owner.account is not None
    owner.account.customer.name = "ООО «Полесские сети»"
    owner.account.customer.save()
    response = change(client_of(owner), new, current=PASSWORD)
    assert response.status_code == 200
    assert said in " ".join(response.context["form"].errors["new_password"])
    assert User.objects.get(pk=owner.pk).check_password(PASSWORD)
    assert not Letter.objects.exists()


@pytest.mark.parametrize(
    "new", ["37219046", "aaaaaaaab", "только буквы", " с пробелами ", "д" * 128, "Полесские сети 2026"]
)
def test_there_are_no_composition_rules(owner: User, client_of: Callable[[User], Client], new: str) -> None:
    response = change(client_of(owner), new, current=PASSWORD)
    assert response.status_code == 302
    assert knock(Client(), owner.phone, new).status_code == 302


def test_the_repetition_must_be_the_same(owner: User, client_of: Callable[[User], Client]) -> None:
    response = change(client_of(owner), NEW, repeated=f"{NEW} ", current=PASSWORD)
    assert response.context["form"].errors["repeated"] == ["Пароли не совпадают. Введите одинаковые."]


def test_the_temporary_password_cannot_become_permanent(owner: User) -> None:
    client, text = with_temporary(owner)
    for spelling in (text, text.lower().replace("-", "")):
        response = change(client, spelling)
        assert "Временный пароль не может стать постоянным" in response.content.decode()
    assert client.get("/security/").status_code == 302


def test_the_present_password_is_no_new_one(owner: User, client_of: Callable[[User], Client]) -> None:
    response = change(client_of(owner), PASSWORD, current=PASSWORD)
    assert "совпадает с текущим" in response.content.decode()


def test_by_ones_own_wish_the_present_password_is_asked_for(owner: User, client_of: Callable[[User], Client]) -> None:
    client = client_of(owner)
    response = change(client, current="не-тот-пароль")
    assert response.context["form"].errors["current"] == ["Неверный пароль."]
    assert change(client).context["form"].errors["current"] == ["Введите пароль"]
    assert change(client, current=PASSWORD)["Location"] == "/security/"


def test_guessing_the_present_password_is_throttled(
    owner: User, client_of: Callable[[User], Client], settings: Settings
) -> None:
    settings.SIGN_IN_LIMITS = {**settings.SIGN_IN_LIMITS, "own": 3}
    client = client_of(owner)
    for _attempt in range(3):
        change(client, current="не-тот-пароль")
    with counted_hashes() as done:
        response = change(client, current=PASSWORD)
    assert "Слишком много попыток" in response.context["form"].errors["current"][0]
    assert not done


def test_every_other_session_ends_and_this_one_goes_on_under_a_new_key(
    owner: User, other_owner: User, client_of: Callable[[User], Client]
) -> None:
    here, there, stranger = client_of(owner), client_of(owner), client_of(other_owner)
    before = here.cookies["session"].value
    change(here, current=PASSWORD)
    assert here.cookies["session"].value != before
    assert is_signed_in(here)
    assert not is_signed_in(there)
    assert is_signed_in(stranger)
    assert Session.objects.filter(user=owner).count() == 1


def test_a_session_row_that_survived_would_be_worthless(owner: User, client_of: Callable[[User], Client]) -> None:
    """A session also holds a hash of the password that it began with, in addition to the deletion of rows."""
    client = client_of(owner)
    owner.set_password(NEW)
    owner.save()
    assert not is_signed_in(client)


def test_an_unused_temporary_password_ends_with_the_change(owner: User, client_of: Callable[[User], Client]) -> None:
    text, _temporary = issue(owner)
    change(client_of(owner), current=PASSWORD)
    assert not TemporaryPassword.objects.filter(voided_at=None, used_at=None).exists()
    assert knock(Client(), owner.phone, text).status_code == 200


def test_a_letter_and_the_journal_tell_of_it(owner: User, client_of: Callable[[User], Client]) -> None:
    assert owner.account is not None
    client_of(owner).post(
        "/password/", {"current": PASSWORD, "new_password": NEW, "repeated": NEW}, REMOTE_ADDR="198.51.100.7"
    )
    letter = Letter.objects.get()
    assert (letter.kind, letter.recipient) == ("password_changed", owner.account.cabinet_email)
    assert "198.51.100.7" in letter.body_text
    assert NEW not in letter.body_text + letter.body_html
    event = AuditEvent.objects.get()
    assert (event.action, event.user, event.account) == ("password.changed", owner, owner.account)
    assert User.objects.get(pk=owner.pk).password_changed_at is not None


def test_staff_change_theirs_without_a_letter(staff: User, client_of: Callable[[User], Client]) -> None:
    assert change(client_of(staff), current=PASSWORD).status_code == 302
    assert not Letter.objects.exists()
    assert User.objects.get(pk=staff.pk).check_password(NEW)


def test_posted_fields_beyond_the_form_change_nothing(owner: User, client_of: Callable[[User], Client]) -> None:
    change(client_of(owner), current=PASSWORD, is_staff="on", is_superuser="on", phone="+375447000000")
    user = User.objects.get(pk=owner.pk)
    assert (user.is_staff, user.is_superuser, user.phone) == (False, False, owner.phone)
