"""Forms for names of numbers: one number's name, and many from a file (3.0, 3.1)."""

from typing import Any

from django import forms
from django.core import signing
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Account
from sipcabinet.lib.forms import Form
from subscribers.errors import NumberError
from subscribers.labels import LABEL_LENGTH, clean_label
from subscribers.selectors import labels
from subscribers.selectors.labels import Comparison, Renaming
from subscribers.services import label_files
from subscribers.services.label_files import LabelFileError

# The shown names are sent back in a hidden field; their size may not exceed what a form's field can hold.
MOST_SEALED = 1_500_000
_DAY = 24 * 3600


class LabelForm(Form):
    label = forms.CharField(
        label=gettext_lazy("Название"),
        required=False,
        strip=True,
        help_text=gettext_lazy("Например, «Приёмная». Название видно только в личном кабинете и в его документах."),
        widget=forms.TextInput(attrs={"maxlength": LABEL_LENGTH, "autocomplete": "off"}),
    )

    def clean_label(self) -> str:
        try:
            return clean_label(self.cleaned_data["label"])
        except NumberError as error:
            raise forms.ValidationError(error.message) from None


class LabelsFileForm(Form):
    """A file of names; after reading it, `comparison` holds the changes it would make, or the wrong rows."""

    file = forms.FileField(
        label=gettext_lazy("Файл CSV"),
        help_text=gettext_lazy("До 2 МБ, в кодировке UTF-8 или Windows-1251. Колонки: номер и название."),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        error_messages={
            "required": gettext_lazy("Выберите файл CSV"),
            "empty": gettext_lazy("Этот файл пуст"),
            "invalid": gettext_lazy("Выберите файл CSV"),
        },
    )

    def __init__(self, account: Account, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files)
        self._account = account
        self.comparison = Comparison()

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        try:
            lines = label_files.read(file.read(label_files.MOST_BYTES + 1))
        except LabelFileError as error:
            raise forms.ValidationError(error.message) from None
        self.comparison = labels.compare(self._account, lines)
        if wrong := len(self.comparison.problems):
            message = ngettext("В файле %(count)d строка с ошибкой", "В файле строк с ошибками: %(count)d", wrong)
            raise forms.ValidationError(_("%(errors)s. Ничего не изменено.") % {"errors": message % {"count": wrong}})
        if len(seal(self._account, self.comparison.changes)) > MOST_SEALED:
            raise forms.ValidationError(_("В файле слишком много новых названий: разделите его"))
        return file


def seal(account: Account, changes: list[Renaming]) -> str:
    """Seals the shown changes for a hidden field: nobody can alter them, and no other account can use them."""
    shown = {"names": [[change.pk, change.now] for change in changes], "digest": labels.digest(changes)}
    return signing.dumps(shown, salt=_salt(account), compress=True)


def unseal(account: Account, sealed: str) -> tuple[dict[int, str], str] | None:
    """The names by primary key and the digest of the changes; None if not sealed here or older than a day."""
    try:
        shown = signing.loads(sealed, salt=_salt(account), max_age=_DAY)
    except signing.BadSignature:
        return None
    return dict(shown["names"]), shown["digest"]


def _salt(account: Account) -> str:
    return f"sipcabinet.labels.{account.pk}"
