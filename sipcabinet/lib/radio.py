"""Radio buttons: one question with a few answers, all of them on the page."""

from typing import Any

from django import forms


class RadioField(forms.ChoiceField):
    """One choice of radio buttons. The page says `missing` if nothing was chosen, `unknown` if the choice is not one of
    those offered; without `unknown` it says `missing` for both. `widget`: a list, where the question is asked again."""

    def __init__(
        self, label: Any, *, missing: Any, unknown: Any = None, widget: Any = forms.RadioSelect, **rest: Any
    ) -> None:
        messages = {"required": missing, "invalid_choice": missing if unknown is None else unknown}
        super().__init__(label=label, widget=widget, error_messages=messages, **rest)
