"""A question with radio buttons shows a message beside it if the answer is missing or unknown."""

import pytest
from django import forms

from sipcabinet.lib.radio import RadioField


class ColourForm(forms.Form):
    colour = RadioField("Цвет", missing="Выберите цвет", unknown="Такого цвета нет", choices=[("red", "красный")])
    size = RadioField("Размер", missing="Выберите размер", choices=[("s", "малый")])


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"colour": "red", "size": "s"}, {}),
        ({}, {"colour": ["Выберите цвет"], "size": ["Выберите размер"]}),
        ({"colour": "blue", "size": "x"}, {"colour": ["Такого цвета нет"], "size": ["Выберите размер"]}),
    ],
)
def test_an_answer_that_is_missing_or_unknown(sent: dict[str, str], said: dict[str, list[str]]) -> None:
    assert ColourForm(sent).errors == said


def test_the_answers_are_radio_buttons() -> None:
    assert 'type="radio"' in str(ColourForm()["colour"])
