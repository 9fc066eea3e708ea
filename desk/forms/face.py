"""The form of the face's draft (4.16)."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actor import Actor
from desk.forms.pictures import PictureField
from desk.services import accents
from desk.services import face as face_services
from operator_profile import appearance
from operator_profile.models import FaceDraft, Look
from sipcabinet.lib import phones

if TYPE_CHECKING:
    DraftModelForm = forms.ModelForm[FaceDraft]
else:
    DraftModelForm = forms.ModelForm
MOST_POINTS = 4


def _link(label: Any) -> forms.URLField:
    return forms.URLField(
        label=label,
        required=False,
        assume_scheme="https",
        max_length=200,
        validators=[URLValidator(schemes=["https", "http"])],
        widget=forms.URLInput(attrs={"class": "w-full", "placeholder": "https://"}),
    )


class FaceForm(DraftModelForm):
    """The values of a draft, begun with an earlier draft or with what is in force."""

    logo_file = PictureField(
        svg=True,
        label=gettext_lazy("Логотип"),
        help_text=gettext_lazy("SVG или PNG, до 200 КБ и 2000 × 2000 точек. Показывается высотой 36 точек"),
    )
    drop_logo = forms.BooleanField(label=gettext_lazy("Убрать логотип и показывать знак"), required=False)
    contract_url = _link(gettext_lazy("Публичный договор"))
    privacy_url = _link(gettext_lazy("Политика обработки персональных данных"))

    class Meta:
        model = FaceDraft
        fields = [name for name in Look.names() if name != "logo_id"]
        widgets = {
            "name": forms.TextInput(attrs={"class": "w-full"}),
            "mark": forms.TextInput(attrs={"class": "w-s"}),
            "accent": forms.TextInput(attrs={"class": "w-s", "placeholder": "#1450b8"}),
            "accent_dark": forms.TextInput(attrs={"class": "w-s", "placeholder": "#8db6ff"}),
            "support_hours": forms.TextInput(attrs={"class": "w-full"}),
            "sign_in_lead": forms.TextInput(attrs={"class": "w-full"}),
            "sign_in_claim": forms.TextInput(attrs={"class": "w-full"}),
            "sign_in_note": forms.Textarea(attrs={"rows": 3}),
            "sign_in_points": forms.Textarea(attrs={"rows": 4}),
        }
        help_texts = {
            "name": gettext_lazy("Как оператора знают клиенты: в шапке, заголовках, письмах и приложении с кодами"),
            "mark": gettext_lazy("До четырёх знаков, в квадрате рядом с названием, пока нет логотипа"),
            "accent": gettext_lazy("Кнопки, ссылки, письма: #rrggbb. Пусто: цвет портала"),
            "accent_dark": gettext_lazy("Пусто: подберём сами по основному цвету"),
            "sign_in_lead": gettext_lazy("Пусто: обычные слова портала, как и в остальных полях этой карточки"),
            "sign_in_points": gettext_lazy("До четырёх строк «Заголовок: текст»"),
        }

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        for name in ("name", "mark", "support_hours", "sign_in_lead", "sign_in_claim", "sign_in_note"):
            if isinstance(text := self.cleaned_data.get(name), str):
                self.cleaned_data[name] = " ".join(text.split())
        return cleaned

    def clean_support_phone(self) -> str:
        try:
            return phones.parse(self.cleaned_data["support_phone"])
        except phones.PhoneError as refusal:
            raise ValidationError(refusal.message) from None

    def clean_accent(self) -> str:
        return self._colour("accent", dark=False)

    def clean_accent_dark(self) -> str:
        return self._colour("accent_dark", dark=True)

    def clean_sign_in_points(self) -> str:
        text: str = self.cleaned_data["sign_in_points"].replace("\r\n", "\n").strip()
        if len(appearance.points(text)) > MOST_POINTS:
            raise ValidationError(_("Строк больше четырёх: оставьте главное."))
        return text

    def save_draft(self, by: Actor) -> FaceDraft | None:
        """Saves the draft of a valid form; None after a refusal, which the form then shows beside its field."""
        values = {name: self.cleaned_data[name] for name in self.Meta.fields}
        uploaded = self.cleaned_data["logo_file"]
        if uploaded:
            values["logo_id"] = face_services.store(uploaded).pk
        elif self.cleaned_data["drop_logo"]:
            values["logo_id"] = None
        try:
            return face_services.save_draft(values=values, by=by)
        except face_services.FaceError as refusal:
            self.add_error(refusal.field, refusal.message)
        return None

    def _colour(self, name: str, *, dark: bool) -> str:
        typed = self.cleaned_data[name].strip().lower()
        text = f"#{typed}" if typed and not typed.startswith("#") else typed
        if why := accents.refusal(text, dark=dark):
            raise ValidationError(why)
        return text
