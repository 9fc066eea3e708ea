"""Forms for the month of minute usage and for an application (2.4, 3.1)."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sipcabinet.lib.forms import Form
from sipcabinet.lib.options import Option
from sipcabinet.lib.periods import Month
from sipcabinet.lib.radio import RadioField
from subscribers.models import MinutePackage
from subscribers.selectors import minute_usage
from subscribers.selectors.minute_packages import PackageOffer


class MonthForm(Form):
    """One of the months whose minutes are shown; the default is the current one."""

    month = forms.ChoiceField(
        label=gettext_lazy("Месяц"),
        required=False,
        error_messages={
            "invalid_choice": gettext_lazy("Минуты видны за текущий и два предыдущих месяца. Выберите месяц из списка.")
        },
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"month": Month.current().code})
        field: Any = self.fields["month"]
        field.choices = [(month.code, month.label_title) for month in minute_usage.months()]

    def clean_month(self) -> Month:
        code = self.cleaned_data["month"]
        return Month.parse(code) if code else Month.current()


class ApplicationAction(models.TextChoices):
    CONNECT = "connect", gettext_lazy("Подключить пакет")
    CHANGE = "change", gettext_lazy("Изменить пакет")
    DISCONNECT = "disconnect", gettext_lazy("Отключить пакет")


class ApplicationForm(Form):
    """What to print in an application: the action and, except for a disconnection, the package."""

    action = RadioField(
        gettext_lazy("Что сделать"),
        missing=gettext_lazy("Выберите, что сделать: подключить, изменить или отключить пакет"),
        unknown=gettext_lazy("Выберите, что сделать, из списка"),
    )
    package = forms.ChoiceField(
        label=gettext_lazy("Пакет минут"),
        widget=forms.RadioSelect,
        required=False,
        help_text=gettext_lazy("Для отключения пакет выбирать не нужно"),
        error_messages={"invalid_choice": gettext_lazy("Этот пакет не подключается. Выберите пакет из списка")},
    )

    def __init__(self, data: Any, *, offers: Sequence[PackageOffer], current: MinutePackage | None) -> None:
        first = ApplicationAction.CHANGE if current else ApplicationAction.CONNECT
        super().__init__(data, initial={"action": first})
        self._offers = {str(offer.package.pk): offer for offer in offers}
        self._current = current
        action, package = self._choice_fields()
        action.choices = [(one.value, self._option(one)) for one in ApplicationAction]
        package.choices = [(key, self._package(offer)) for key, offer in self._offers.items()]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        action, package = cleaned.get("action"), cleaned.get("package")
        if action and (refusal := self._refusal(ApplicationAction(action))):
            self.add_error("action", refusal)
        elif action in {ApplicationAction.CONNECT, ApplicationAction.CHANGE} and package is not None:
            if not package:
                self.add_error("package", _("Выберите пакет минут"))
            elif self._current and self._offers[package].package == self._current:
                self.add_error("package", _("Этот пакет уже подключён. Выберите другой"))
        return cleaned

    @property
    def offer(self) -> PackageOffer | None:
        """The package chosen in a valid form; None for a disconnection."""
        if self.cleaned_data["action"] == ApplicationAction.DISCONNECT:
            return None
        return self._offers[self.cleaned_data["package"]]

    def _refusal(self, action: ApplicationAction) -> str:
        if action == ApplicationAction.CONNECT:
            return _("Пакет уже подключён: его можно изменить или отключить") if self._current else ""
        return "" if self._current else _("Пакет минут не подключён: его можно только подключить")

    def _option(self, action: ApplicationAction) -> Option:
        refusal = self._refusal(action)
        return Option(str(action.label), detail=refusal, disabled=bool(refusal))

    def _package(self, offer: PackageOffer) -> Option:
        there = offer.package == self._current
        price = _("%(price)s в месяц без НДС") % {"price": offer.price}
        return Option(offer.package.name, detail=_("подключён сейчас") if there else "", price=price, disabled=there)

    def _choice_fields(self) -> tuple[Any, Any]:
        return self.fields["action"], self.fields["package"]
