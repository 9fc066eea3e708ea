from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.password import PasswordForm
from accounts.forms.second_factor import CodeForm


class ProofForm(CodeForm, PasswordForm):
    """Asks again for the password and a code."""

    field_order = ["password", "code"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = _(
            "Код действует один раз: если вы только что вошли с ним, дождитесь следующего."
        )


class StepUpForm(ProofForm):
    """Password and code; `carried` is the interrupted page's POST, encrypted (accounts/carried.py)."""

    carried = forms.CharField(required=False, widget=forms.HiddenInput)
