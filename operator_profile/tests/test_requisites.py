"""The requisites of a day: the environment's first, then those that an administrator entered (4.16)."""

from datetime import date

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, transaction

from operator_profile.models import Requisites
from operator_profile.selectors import requisites
from operator_profile.tests.faces import REQUISITES, put_requisites

pytestmark = pytest.mark.django_db
DAY = date(2026, 12, 1)
KEPT = r"permission denied|keeps its rows"


@pytest.fixture(autouse=True)
def _environment(settings: LazySettings) -> None:
    settings.OPERATOR_REQUISITES = {
        "name": "ООО «Первый»",
        "unp": "1",
        "address": "А",
        "iban": "BY1, BY2",
        "bank": "Б",
        "bic": "В",
    }


def test_without_rows_the_environment_is_a_side_of_every_document(settings: LazySettings) -> None:
    assert requisites.party(DAY) == settings.OPERATOR_REQUISITES


def test_a_row_holds_from_its_day(settings: LazySettings) -> None:
    put_requisites(DAY)
    first = dict(settings.OPERATOR_REQUISITES)
    settings.OPERATOR_REQUISITES = dict.fromkeys(first, "другое")
    assert requisites.party(date(2026, 11, 30)) == first
    assert requisites.party(DAY) == REQUISITES
    assert requisites.party(date(2030, 1, 1)) == REQUISITES


def test_who_signs_is_told_only_if_he_is_known() -> None:
    put_requisites(DAY, signatory="Заря И. И.", position="Директор", basis="Устава")
    signed = {"signatory": "Заря И. И.", "position": "Директор", "basis": "Устава"}
    assert requisites.party(DAY) == REQUISITES | signed


def test_statements_of_every_account_are_ours_and_payments_come_to_todays(today: object) -> None:
    put_requisites(DAY)
    assert requisites.ibans_in_force() == ["BY1", "BY2"]
    assert requisites.every_iban() == [REQUISITES["iban"], "BY1", "BY2"]


def test_two_rows_cannot_hold_on_one_day() -> None:
    put_requisites(DAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Requisites.objects.create(**REQUISITES, valid_from=date(2026, 12, 5), added_by="")


def test_nothing_of_a_row_changes_but_its_end() -> None:
    row = put_requisites(DAY)
    for values in ({"name": "Другое"}, {"valid_from": date(2026, 1, 1)}):
        with pytest.raises(Exception, match=KEPT), transaction.atomic():
            Requisites.objects.filter(pk=row.pk).update(**values)
    with pytest.raises(Exception, match=KEPT), transaction.atomic():
        row.delete()
    row.valid_until = date(2027, 1, 1)
    row.save(update_fields=["valid_until"])
