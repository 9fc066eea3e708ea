"""The mark of one form: a form that is sent twice is done once."""

import uuid
from typing import Any

from django import forms
from django.http import QueryDict

LONGEST = 64


def new_token() -> str:
    """The mark of a form that is shown now."""
    return uuid.uuid4().hex


def token_of(answers: QueryDict) -> str:
    """The mark that the answers of a step bring along, a new one where a walk begins."""
    return answers.get("token", "")[:LONGEST] or new_token()


class TokenField(forms.CharField):
    """A hidden field that marks a form from its showing on, through every step of a wizard.

    A form that is sent without it gets a mark of its own, so it is not taken for another one; with `required` it is
    refused.
    """

    def __init__(self, *, required: bool = False, **kwargs: Any) -> None:
        given: dict[str, Any] = {"widget": forms.HiddenInput, "max_length": LONGEST, "initial": new_token}
        super().__init__(required=required, **(given | kwargs))

    def clean(self, value: Any) -> str:
        return str(super().clean(value)) or new_token()
