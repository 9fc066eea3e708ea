"""The operator's requisites must be set before the first invoice is issued."""

from django.conf import LazySettings

from billing.checks import requisites

WHOLE = {"name": "ООО «Оператор»", "unp": "1", "address": "Минск", "iban": "BY1", "bank": "Банк", "bic": "B"}


def test_whole_requisites_are_right(settings: LazySettings) -> None:
    settings.OPERATOR_REQUISITES = WHOLE
    assert requisites(None) == []


def test_each_missing_one_is_named(settings: LazySettings) -> None:
    settings.OPERATOR_REQUISITES = {**WHOLE, "iban": "", "bic": ""}
    assert [found.msg for found in requisites(None)] == ["OPERATOR_IBAN is not set", "OPERATOR_BIC is not set"]
