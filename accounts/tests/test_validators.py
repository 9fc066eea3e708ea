"""Which passwords are refused in addition to Django's own rules (1.1c)."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Account, Customer, User
from accounts.validators import MaximumLengthValidator, OwnNamesValidator


def user_of(name: str) -> User:
    return User(phone="+375447112030", account=Account(customer=Customer(name=name)))


@pytest.mark.parametrize(
    "password",
    [
        "+375447112030",
        "375447112030",
        "80447112030",
        "8 044 711 20 30",
        "447112030",
        "044 711-20-30",
        "(44) 711.20.30",
        "00375447112030",
        "810375447112030",
        "711 20 30",
    ],
)
def test_the_phone_in_any_spelling(password: str) -> None:
    with pytest.raises(ValidationError, match="номером телефона"):
        OwnNamesValidator().validate(password, user_of("ООО «Сож»"))


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("ООО «Полесские сети»", "ООО «Полесские сети»"),
        ("ООО «Полесские сети»", "полесскиесети"),
        ("ООО «Полесские сети»", "ООО-Полесские-Сети"),
        ('ЗАО "Тёплый дом"', "теплый дом"),
        ("Иванов Иван Иванович", "ИвановИванИванович"),
        ("ООО Стройинвест", "стройинвест"),
    ],
)
def test_the_companys_name(name: str, password: str) -> None:
    with pytest.raises(ValidationError, match="названием организации"):
        OwnNamesValidator().validate(password, user_of(name))


@pytest.mark.parametrize("password", ["+375447112031", "полесские сети 2026", "44711203", "мой номер 447112030"])
def test_what_only_resembles_them_is_allowed(password: str) -> None:
    OwnNamesValidator().validate(password, user_of("ООО «Полесские сети»"))


def test_staff_have_no_company() -> None:
    OwnNamesValidator().validate("полесские сети", User(phone="+375296112030", is_staff=True))


def test_the_longest_password() -> None:
    MaximumLengthValidator(128).validate("д" * 128)
    with pytest.raises(ValidationError) as refusal:
        MaximumLengthValidator(128).validate("д" * 129)
    assert refusal.value.messages == ["Пароль слишком длинный: не больше 128 символов."]
