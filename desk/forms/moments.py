"""A field for a day and a time."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

_SHOWN = "%d.%m.%Y %H:%M"


class MomentField(forms.DateTimeField):
    """A moment of Minsk, typed as `09.10.2026 17:42`. A browser's own field would show months and hours in the language
    of the browser."""

    def __init__(self, *, label: Any, required: Any = False) -> None:
        super().__init__(
            label=label,
            required=bool(required),
            input_formats=[_SHOWN, "%Y-%m-%dT%H:%M"],
            widget=forms.DateTimeInput(
                format=_SHOWN, attrs={"class": "w-s", "autocomplete": "off", "placeholder": "ДД.ММ.ГГГГ ЧЧ:ММ"}
            ),
            error_messages={
                **({"required": required} if required else {}),
                "invalid": gettext_lazy("Введите дату и время: 09.10.2026 17:42"),
            },
        )
