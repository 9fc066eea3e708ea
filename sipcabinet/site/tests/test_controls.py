"""Controls of forms made by functions are those of the templates: same attributes, values and escapes."""

import re
from typing import Any

import pytest
from django import forms
from django.forms.renderers import TemplatesSetting

from sipcabinet.lib.options import Option
from sipcabinet.site.controls import Controls

ODD = "<b> & \"'"


class Everything(forms.Form):
    text = forms.CharField(label=ODD, initial=ODD, help_text="Подсказка <b>", max_length=9)
    tel = forms.CharField(
        required=False, widget=forms.TextInput(attrs={"inputmode": "tel", "hidden": True, "x": False})
    )
    number = forms.DecimalField(initial=1234.5)
    day = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))
    secret = forms.CharField(widget=forms.PasswordInput)
    token = forms.CharField(widget=forms.HiddenInput, initial="t")
    yes = forms.BooleanField(help_text="Точно?")
    file = forms.FileField(required=False)
    long = forms.CharField(widget=forms.Textarea, initial="a\nb")
    one = forms.ChoiceField(choices=[("", "—"), ("1", ODD), ("группа", [("2", "два"), (3, "три")])], initial="2")
    many = forms.MultipleChoiceField(choices=[("a", "А"), ("b", Option("Б", disabled=True))], initial=["a"])
    radio = forms.ChoiceField(choices=[("a", Option("А", detail="мелко")), ("b", "Б")], widget=forms.RadioSelect)
    boxes = forms.MultipleChoiceField(
        choices=[("a", Option(ODD, detail=ODD, price="1 < 2", disabled=True)), (3, "В")],
        widget=forms.CheckboxSelectMultiple,
        help_text="Подсказка <b>",
    )
    when = forms.DateField(widget=forms.SelectDateWidget(years=[2026]))


def shown(form: forms.Form, renderer: Any) -> dict[str, str]:
    form.renderer = renderer
    spaces = re.compile(r"\s+")
    return {
        field.name: re.sub(r"> | <", lambda found: found[0].strip(), spaces.sub(" ", str(field.as_field_group())))
        for field in form
    }


@pytest.mark.parametrize(
    "data",
    [None, {}, {"text": "слишком длинный текст" + ODD, "one": "9", "many": ["a", "x"], "day": "x", "number": "1"}],
)
def test_every_control_is_that_of_the_template(data: Any) -> None:
    assert shown(Everything(data), Controls()) == shown(Everything(data), TemplatesSetting())
