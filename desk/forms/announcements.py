"""The form of an announcement's draft (4.14)."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from announcements.models import Announcement, Audience
from announcements.selectors import audience
from desk.forms.moments import MomentField
from sipcabinet.lib import clock

DAYS_SHOWN = 7  # of a banner, as offered
SHORTEST_PREFIX = len(audience.COUNTRY) + 2  # the code of a region or a network

AnnouncementModelForm = forms.ModelForm


class AnnouncementForm(AnnouncementModelForm):  # type: ignore[type-arg]
    """Text, ways, moments and audience. Only the fields of the chosen ways and of the chosen audience are required."""

    shown_from = MomentField(label=gettext_lazy("Показывать в кабинете с"))
    shown_until = MomentField(label=gettext_lazy("Показывать в кабинете до"))
    letters_at = MomentField(label=gettext_lazy("Отправить письма, не раньше"))

    class Meta:
        model = Announcement
        fields = (
            *("title", "text", "by_banner", "shown_from", "shown_until", "by_letter", "letters_at"),
            *("audience", "plan", "prefix", "account_numbers"),
        )
        widgets = {
            "text": forms.Textarea(attrs={"rows": 8}),
            "audience": forms.RadioSelect,
            "account_numbers": forms.Textarea(attrs={"rows": 4}),
        }
        help_texts = {
            "text": gettext_lazy("Без разметки. Пустая строка начинает новый абзац."),
            "plan": gettext_lazy("Если выбраны абоненты тарифного плана."),
            "prefix": gettext_lazy("Если выбраны номера по началу: например, +375 17."),
            "account_numbers": gettext_lazy("Если выбран список: через пробел, запятую или по одному в строке."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["audience"].choices = Audience.choices  # type: ignore[attr-defined]
        self.fields["plan"].empty_label = gettext_lazy("выберите")  # type: ignore[attr-defined]
        if self.instance.pk is None and not self.is_bound:
            self.initial["shown_until"] = clock.now() + timedelta(days=DAYS_SHOWN)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not (given.get("by_banner") or given.get("by_letter")):
            self.add_error("by_banner", _("Выберите, как сообщить: в кабинете, письмом или обоими способами"))
        self._check_dates(given)
        self._check_audience(given)
        return given

    def _check_dates(self, given: dict[str, Any]) -> None:
        now = clock.now()
        given["letters_at"] = given.get("letters_at") or now
        given["shown_from"] = given.get("shown_from") or now
        until: datetime | None = given.get("shown_until")
        if until is None and "shown_until" not in self.errors:
            if given.get("by_banner"):
                self.add_error("shown_until", _("Укажите, до какого момента показывать"))
            else:
                given["shown_until"] = given["shown_from"] + timedelta(days=DAYS_SHOWN)
        elif until is not None and until <= given["shown_from"]:
            self.add_error("shown_until", _("Этот момент должен быть позже начала показа"))

    def _check_audience(self, given: dict[str, Any]) -> None:
        match given.get("audience"):
            case Audience.PLAN:
                if not given.get("plan"):
                    self.add_error("plan", _("Выберите тарифный план"))
            case Audience.PREFIX:
                if len(audience.phone_prefix(given.get("prefix", ""))) < SHORTEST_PREFIX:
                    self.add_error("prefix", _("Введите начало номера: не меньше двух цифр после +375"))
            case Audience.LIST:
                self._check_list(audience.numbers(given.get("account_numbers", "")))

    def _check_list(self, numbers: list[str]) -> None:
        unknown = audience.unknown(numbers)
        if not numbers:
            self.add_error("account_numbers", _("Введите хотя бы один номер лицевого счёта"))
        elif unknown:
            told = ", ".join(unknown[: audience.FEW]) + (" …" if len(unknown) > audience.FEW else "")
            words = _("Действующих лицевых счетов с такими номерами нет: %(numbers)s")
            self.add_error("account_numbers", words % {"numbers": told})
