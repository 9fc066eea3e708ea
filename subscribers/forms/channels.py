from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sipcabinet.lib import money, words
from sipcabinet.lib.forms import Form
from sipcabinet.lib.options import Option
from sipcabinet.lib.sent_once import TokenField
from subscribers.models import ChannelAssignment
from subscribers.selectors.channels import PricedPackage

SAME = gettext_lazy("Этот пакет уже подключён. Отметьте другой")


class PackageForm(Form):
    """Choice of a new channel package; the present package is listed but disabled (3.3)."""

    package = forms.TypedChoiceField(
        label=gettext_lazy("Пакет «SIP-многоканальность»"),
        widget=forms.RadioSelect,
        coerce=int,
        error_messages={
            "required": gettext_lazy("Отметьте пакет каналов"),
            "invalid_choice": gettext_lazy("Отметьте пакет из списка"),
        },
    )

    def __init__(
        self,
        data: Any = None,
        *,
        offered: Sequence[PricedPackage],
        now: ChannelAssignment | None,
        marked: int | None = None,
    ) -> None:
        super().__init__(data, initial={"package": marked})
        self._now = now
        field: Any = self.fields["package"]
        field.choices = [(one.package.pk, self._option(one)) for one in offered]

    def clean_package(self) -> int:
        pk: int = self.cleaned_data["package"]
        if self._now is not None and pk == self._now.package_id:
            raise forms.ValidationError(SAME)
        return pk

    def _option(self, one: PricedPackage) -> Option:
        is_now = self._now is not None and one.package.pk == self._now.package_id
        up_to = words.counted(
            one.package.channels, "одновременного звонка", "одновременных звонков", "одновременных звонков"
        )
        detail = _("подключён сейчас") if is_now else _("до %(calls)s") % {"calls": up_to}
        return Option(one.package.name, detail=detail, price=price(one), disabled=is_now)


class ConfirmForm(Form):
    """The confirmation; its token identifies one review, so that pressing the button twice makes one change."""

    token = TokenField()


def price(one: PricedPackage) -> str:
    """`11,00 BYN в месяц`, net."""
    if one.monthly_fee is None:
        return _("цена не задана")
    return _("%(fee)s в месяц") % {"fee": money.show_byn(one.monthly_fee)}
