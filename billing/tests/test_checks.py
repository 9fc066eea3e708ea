"""The operator's requisites must be known before the first invoice is issued: at the desk, or in the environment."""

from datetime import date

import pytest
from django.conf import LazySettings
from django.db import OperationalError

from billing.checks import requisites
from operator_profile.selectors import requisites as of_operator
from operator_profile.tests.faces import put_requisites

WHOLE = {"name": "ООО «Оператор»", "unp": "1", "address": "Минск", "iban": "BY1", "bank": "Банк", "bic": "B"}
NOT_AT_THE_DESK = "is not set, and no requisites are entered at the desk"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def told() -> list[str]:
    return [str(found.msg) for found in requisites(None)]


def test_whole_requisites_of_the_environment_are_right(settings: LazySettings) -> None:
    settings.OPERATOR_REQUISITES = WHOLE
    assert told() == []


def test_each_missing_one_is_named(settings: LazySettings) -> None:
    settings.OPERATOR_REQUISITES = {**WHOLE, "iban": "", "bic": ""}
    assert told() == [f"OPERATOR_IBAN {NOT_AT_THE_DESK}", f"OPERATOR_BIC {NOT_AT_THE_DESK}"]


def test_those_entered_at_the_desk_count_and_not_the_environments(settings: LazySettings) -> None:
    settings.OPERATOR_REQUISITES = {**WHOLE, "iban": "", "bic": ""}
    put_requisites(date(2026, 11, 1))
    assert told() == []
    settings.OPERATOR_REQUISITES = WHOLE
    put_requisites(date(2026, 11, 20), bic="")
    assert told() == ["the requisites in force since 2026-11-20 have no bic: enter them at the desk, «Вид и реквизиты»"]


def test_those_of_a_later_day_do_not_count_yet(settings: LazySettings) -> None:
    settings.OPERATOR_REQUISITES = {**WHOLE, "bic": ""}
    put_requisites(date(2026, 12, 1))
    assert len(told()) == 1


def test_without_a_database_the_environment_is_checked(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_database(_day: date) -> None:
        raise OperationalError

    monkeypatch.setattr(of_operator, "on", no_database)
    settings.OPERATOR_REQUISITES = {**WHOLE, "unp": ""}
    assert told() == [f"OPERATOR_UNP {NOT_AT_THE_DESK}"]
