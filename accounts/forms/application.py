"""The grounds of a change by staff: a written application of the register, or its number and date typed by hand."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actor import Actor
from accounts.models import Account, WrittenApplication
from accounts.selectors import applications
from accounts.services import applications as application_services
from sipcabinet.lib import clock
from sipcabinet.lib.forms import Form

REASON_LENGTH = 200


class GroundsForm(Form):
    """The last fields of a form of the desk that carries out an application.

    Waiting papers of the account are offered; the one of `chosen` (its id as text), or the only one, is selected.
    A valid form has `reason` filled. In the transaction of the change call `hold` before it and `close` after it.
    """

    application = forms.ChoiceField(
        label=gettext_lazy("Заявление"),
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": gettext_lazy("По этому заявлению решение уже принято: выберите другое")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Основание"),
        required=False,
        max_length=REASON_LENGTH,
        help_text=gettext_lazy("Номер и дата заявления, например: заявление № 41 от 09.10.2026"),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    unfinished = forms.BooleanField(
        label=gettext_lazy("Сделано не всё: оставить заявление в очереди"),
        required=False,
    )

    def __init__(self, account: Account, kinds: Iterable[str], data: Any = None, *, chosen: str = "") -> None:
        super().__init__(data)
        self._papers = {str(paper.pk): paper for paper in applications.waiting_of(account, kinds)}
        if not self._papers and not self.data.get("application"):
            del self.fields["application"], self.fields["unfinished"]
            return
        field: Any = self.fields["application"]
        field.choices = [*((pk, _offered(paper)) for pk, paper in self._papers.items()), ("", _("нет в реестре"))]
        only = next(iter(self._papers)) if len(self._papers) == 1 else ""
        field.initial = chosen if chosen in self._papers else only
        self.fields["reason"].help_text = _("Только если заявления нет в реестре: его номер и дата")

    @property
    def paper(self) -> WrittenApplication | None:
        """The chosen paper of a valid form, or None for a typed reason."""
        return self._papers.get(self.cleaned_data.get("application", ""))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.paper is not None:
            cleaned["reason"] = self.paper.reference
        elif not cleaned.get("reason") and not {"reason", "application"} & self.errors.keys():
            self.add_error("reason", _("Укажите номер и дату заявления"))
        return cleaned

    def hold(self) -> None:
        """Locks the chosen paper. Raises ApplicationError if another person has decided about it meanwhile."""
        if self.paper is not None:
            application_services.hold(self.paper)

    def close(self, *, done: str, operation: str, by: Actor) -> None:
        """Marks the chosen paper as carried out, unless more is left to do by it."""
        if self.paper is not None and not self.cleaned_data["unfinished"]:
            application_services.carry_out(application=self.paper, done=done, operation=operation, by=by)


def _offered(paper: WrittenApplication) -> str:
    return _("%(paper)s, %(kind)s, получено %(day)s") % {
        "paper": paper.reference,
        "kind": paper.get_kind_display(),
        "day": clock.show_date(paper.received_at),
    }
