"""A form's fields are copies: what one page does with them is not seen by another (`sipcabinet.lib.forms`)."""

from django import forms
from django.utils.translation import gettext_lazy

from sipcabinet.lib.forms import Form


class Asked(Form):
    size = forms.ChoiceField(label=gettext_lazy("Размер"), choices=[("s", gettext_lazy("малый")), ("l", "большой")])
    note = forms.CharField(required=False, widget=forms.TextInput(attrs={"inputmode": "text"}))
    when = forms.SplitDateTimeField(required=False)  # has a copy of its own


class Longer(Asked):
    more = forms.CharField()


def test_changes_stay_in_their_form() -> None:
    first, second = Asked({"size": "x"}), Asked({"size": "x"})
    first.set_choices("size", [("x", "иной")])
    first.fields["note"].widget.attrs["inputmode"] = "tel"
    first.fields["note"].error_messages["required"] = "нужно"
    first.fields["note"].validators.append(lambda _value: None)
    first.fields["note"].required = True
    first.fields["when"].widget.attrs["x"] = "y"
    assert first.fields["size"].clean("x") == "x"
    assert not second.is_valid()
    assert second.errors == {"size": ["Выберите корректный вариант. x нет среди допустимых значений."]}
    for form in (second, Longer()):
        note = form.fields["note"]
        assert (note.widget.attrs, note.required) == ({"inputmode": "text"}, False)
        assert note.error_messages["required"] != "нужно"
        assert len(note.validators) < len(first.fields["note"].validators)
        assert form.fields["when"].widget.attrs == {}
    assert 'value="x"' not in str(second["size"])


def test_choices_of_the_control_are_those_of_the_field() -> None:
    form = Asked(initial={"size": "l"})
    assert '<option value="s">малый</option>' in str(form["size"])
    assert '<option value="l" selected>большой</option>' in str(form["size"])
    form.set_choices("size", [("", "любой")])
    assert "малый" not in str(form["size"])
    assert list(Longer().fields) == ["size", "note", "when", "more"]
