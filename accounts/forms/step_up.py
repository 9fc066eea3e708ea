from django import forms

from accounts.forms.password import PasswordForm
from accounts.forms.second_factor import CodeForm


class StepUpForm(CodeForm, PasswordForm):
    """Password and code, asked for again; `carried` is what was typed before, sealed (accounts/carried.py)."""

    carried = forms.CharField(required=False, widget=forms.HiddenInput)
    field_order = ["password", "code", "carried"]
