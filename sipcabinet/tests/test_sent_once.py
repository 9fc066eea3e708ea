"""The token of a form: a new one each time the form is shown, the same one when the form is sent."""

from django import forms
from django.http import QueryDict

from sipcabinet.lib import sent_once
from sipcabinet.lib.sent_once import TokenField


class Optional(forms.Form):
    token = TokenField()


class Required(forms.Form):
    token = TokenField(required=True)


def test_each_showing_has_a_mark_of_its_own() -> None:
    first, second = Optional(), Optional()
    assert first["token"].value() == first["token"].value()
    assert first["token"].value() != second["token"].value()
    assert 'type="hidden"' in str(first["token"])


def test_what_was_shown_comes_back() -> None:
    form = Optional({"token": "t1"})
    assert form.is_valid()
    assert form.cleaned_data["token"] == "t1"
    assert not Optional({"token": "t" * 65}).is_valid()


def test_a_form_without_its_mark_is_a_new_one_or_refused() -> None:
    forms_sent = [Optional({}), Optional({})]
    assert all(form.is_valid() for form in forms_sent)
    tokens = {form.cleaned_data["token"] for form in forms_sent}
    assert len(tokens) == 2
    assert "" not in tokens
    assert Required({}).errors.keys() == {"token"}


def test_the_answers_of_a_step_bring_the_mark_along() -> None:
    assert sent_once.token_of(QueryDict("token=t1")) == "t1"
    assert len(sent_once.token_of(QueryDict(f"token={'t' * 100}"))) == 64
    assert sent_once.token_of(QueryDict("")) != sent_once.token_of(QueryDict(""))
