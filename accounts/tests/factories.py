"""Factories for all tests: customers, accounts, logins and staff."""

from datetime import date
from functools import cache
from typing import Any

import factory
from django.contrib.auth.hashers import make_password
from django_otp.plugins.otp_totp.models import TOTPDevice
from factory.django import DjangoModelFactory
from stdnum.by import unp

from accounts.models import Account, Customer, User

PASSWORD = "утренний-чай-в-Гомеле"


@cache
def password_hash() -> str:
    """One argon2 hash for all test logins, to save time: these tests do not test hashing."""
    return make_password(PASSWORD)


def unp_of(serial: int) -> str:
    """The n-th УНП with a correct check digit; never that of the invented payer (`bank_files.Doc`) or the operator."""
    found = (str(number) for number in range(200_000_000 + serial * 40, 200_000_000 + serial * 40 + 40))
    return next(number for number in found if unp.is_valid(number))


class CustomerFactory(DjangoModelFactory[Customer]):
    class Meta:
        model = Customer

    name = factory.Sequence(lambda n: f"ООО «Полесские сети {n}»")
    unp = factory.Sequence(unp_of)
    address = "220030, г. Минск, ул. Октябрьская, 5"
    bank_name = "ОАО «Банк Полесья»"
    bank_bic = "POLSBY2X"
    iban = "BY13POLS30120000000000000000"
    contact_name = "Анна Ковалевич"
    contact_phone = "+375172000000"


class AccountFactory(DjangoModelFactory[Account]):
    class Meta:
        model = Account

    customer = factory.SubFactory(CustomerFactory)
    number = factory.Sequence(lambda n: f"{700_100_000 + n}")
    contract_number = factory.Sequence(lambda n: f"SIP-{n + 1}/2024")
    contract_date = date(2024, 3, 15)
    opened_on = date(2024, 3, 15)
    cabinet_email = factory.Sequence(lambda n: f"office{n}@customer.example")


class UserFactory(DjangoModelFactory[User]):
    """An account's administrator: the login of one of its trunks; his password is PASSWORD."""

    class Meta:
        model = User

    account = factory.SubFactory(AccountFactory)
    phone = factory.Sequence(lambda n: f"+37544{7_100_000 + n}")
    name = "Анна Ковалевич"
    password = factory.LazyFunction(password_hash)


class StaffFactory(DjangoModelFactory[User]):
    """A person of the staff with all rights and a confirmed second factor (`device=False`: without)."""

    class Meta:
        model = User

    phone = factory.Sequence(lambda n: f"+37529{6_100_000 + n}")
    name = "Пётр Савицкий"
    password = factory.LazyFunction(password_hash)
    is_staff = True
    is_superuser = True
    device = True

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, device: bool, **kwargs: Any) -> User:
        user: User = super()._create(model_class, *args, **kwargs)  # type: ignore[no-untyped-call]
        if device:
            TOTPDevice.objects.create(user=user, name="Приложение", confirmed=True)
        return user
