"""The form of the requisites' draft (4.16)."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from stdnum import bic, iban
from stdnum.by import unp
from stdnum.exceptions import ValidationError as StdnumError

from accounts.actor import Actor
from billing.forms.payments import DayInput
from desk.forms.pictures import PictureField
from desk.services import face as face_services
from desk.services import requisites as requisites_services
from operator_profile.models import RequisitesDraft, RequisitesFields
from operator_profile.selectors import requisites as found

if TYPE_CHECKING:
    DraftModelForm = forms.ModelForm[RequisitesDraft]
else:
    DraftModelForm = forms.ModelForm
PICTURES = ("signature", "stamp")
_PNG = gettext_lazy("PNG, лучше с прозрачным фоном, до 200 КБ и 2000 × 2000 точек")


class RequisitesForm(DraftModelForm):
    """The values of a draft, begun with an earlier draft or with what is in force."""

    signature_file = PictureField(label=gettext_lazy("Факсимиле подписи"), help_text=_PNG)
    drop_signature = forms.BooleanField(label=gettext_lazy("Убрать факсимиле подписи"), required=False)
    stamp_file = PictureField(label=gettext_lazy("Оттиск печати"), help_text=_PNG)
    drop_stamp = forms.BooleanField(label=gettext_lazy("Убрать оттиск печати"), required=False)

    class Meta:
        model = RequisitesDraft
        fields = [name for name in RequisitesFields.names() if not name.endswith("_id")] + ["valid_from"]
        widgets = {
            **{
                name: forms.TextInput(attrs={"class": "w-full"})
                for name in ("name", "address", "iban", "bank", "signatory", "position", "basis")
            },
            "valid_from": DayInput(),
        }
        help_texts = {
            "iban": gettext_lazy("Несколько счетов через запятую: выписки принимаются по каждому"),
            "signatory": gettext_lazy("Фамилия и инициалы. Без подписанта в документах остаётся место для подписи"),
            "basis": gettext_lazy("В родительном падеже: Устава, доверенности № 5 от 10.01.2026"),
            "valid_from": gettext_lazy("Документы этого дня и позже. Выставленные документы не меняются"),
        }

    def clean_unp(self) -> str:
        return _checked(unp, self.cleaned_data["unp"], _("Проверьте УНП: девять знаков, контрольная цифра не сходится"))

    def clean_bic(self) -> str:
        return _checked(bic, self.cleaned_data["bic"], _("БИК состоит из 8 или 11 знаков, например ALFABY2X"))

    def clean_iban(self) -> str:
        typed = self.cleaned_data["iban"].replace(";", ",").split(",")
        told = _("Проверьте IBAN: контрольные цифры не сходятся")
        return ", ".join(_checked(iban, one, told) for one in typed if one.strip())

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        given = self.cleaned_data
        for name in ("name", "address", "bank", "signatory", "position", "basis"):
            if isinstance(text := given.get(name), str):
                given[name] = " ".join(text.split())
        has_picture = any(given.get(f"{name}_file") or self._kept(name) for name in PICTURES)
        if has_picture and not given.get("signatory") and "signatory" not in self.errors:
            self.add_error("signatory", _("Укажите, чьи подпись и печать: без подписанта они не печатаются."))
        return cleaned

    def save_draft(self, by: Actor) -> RequisitesDraft | None:
        """Saves the draft of a valid form; None after a refusal, which the form then shows beside its field."""
        values = {name: self.cleaned_data[name] for name in self.Meta.fields if name != "valid_from"}
        for name in PICTURES:
            if uploaded := self.cleaned_data[f"{name}_file"]:
                values[f"{name}_id"] = face_services.store(uploaded).pk
            else:
                values[f"{name}_id"] = self._kept(name)
        try:
            return requisites_services.save_draft(values=values, valid_from=self.cleaned_data["valid_from"], by=by)
        except requisites_services.RequisitesError as refusal:
            self.add_error(refusal.field, refusal.message)
        return None

    def _kept(self, name: str) -> int | None:
        """The id of the picture that stays, if it is not dropped."""
        return None if self.cleaned_data.get(f"drop_{name}") else getattr(self.instance, f"{name}_id")


def begun(today: Any) -> RequisitesDraft:
    """The draft, or an unsaved one with the requisites of a day."""
    return found.draft() or RequisitesDraft(**found.on(today).values())


def _checked(standard: Any, text: str, refusal: str) -> str:
    try:
        return str(standard.validate(text.strip()))
    except StdnumError:
        raise ValidationError(refusal) from None
