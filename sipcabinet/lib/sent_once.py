"""A token in each form: a form that is sent twice is carried out once."""

import uuid
from typing import Any

from django import forms
from django.http import QueryDict

LONGEST = 64


def new_token() -> str:
    """A token for a form that is shown now."""
    return uuid.uuid4().hex


def token_of(answers: QueryDict) -> str:
    """The token that a wizard's step sends, or a new token on the first step."""
    return answers.get("token", "")[:LONGEST] or new_token()


class TokenField(forms.CharField):
    """A hidden field that gives a form its token when the form is shown, and keeps it through all steps of a wizard.

    A form that is sent without a token gets a new one, so it is not treated as a repeat of another form; with
    `required` such a form is refused.
    """

    def __init__(self, *, required: bool = False, **kwargs: Any) -> None:
        given: dict[str, Any] = {"widget": forms.HiddenInput, "max_length": LONGEST, "initial": new_token}
        super().__init__(required=required, **(given | kwargs))

    def clean(self, value: Any) -> str:
        return str(super().clean(value)) or new_token()
