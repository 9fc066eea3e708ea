"""A proposal that waits for a second person: what who may do with it, and what the page's buttons do (4.12)."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from billing.models import SecondPerson
from billing.services import two_people
from desk.forms.money import AnswerForm

CONFIRM, REFUSE, WITHDRAW = "confirm", "refuse", "withdraw"
Row = TypeVar("Row", bound=SecondPerson)


def asked(request: HttpRequest, row: SecondPerson) -> tuple[str, AnswerForm]:
    """Which button was pressed (`do`), and the answer of a refusal. Raises PermissionDenied for a person who may never
    do this with the proposal, whatever its state."""
    act = request.POST.get("do", "")
    may = _is_own(request, row) if act == WITHDRAW else act in {CONFIRM, REFUSE} and has_right(request)
    if not may:
        raise PermissionDenied
    return act, AnswerForm(request.POST) if act == REFUSE else AnswerForm()


def decided(
    act: str,
    form: AnswerForm,
    *,
    confirm: Callable[[], Row | None],
    refuse: Callable[[str], Row],
    withdraw: Callable[[], Row],
) -> Row | None:
    """The decided row; None for an answer with errors, or if `confirm` decides nothing. Raises what these raise."""
    if act == WITHDRAW:
        return withdraw()
    if act == CONFIRM:
        return confirm()
    return refuse(form.cleaned_data["answer"]) if form.is_valid() else None


def context(request: HttpRequest, row: SecondPerson, form: AnswerForm) -> dict[str, Any]:
    """What the page of a proposal needs for its buttons."""
    is_own = _is_own(request, row)
    return {
        "row": row,
        "form": form,
        "may_confirm": row.is_waiting and not is_own and has_right(request),
        "may_withdraw": row.is_waiting and is_own,
        "has_errors": bool(form.errors),
    }


def _is_own(request: HttpRequest, row: SecondPerson) -> bool:
    return row.proposed_by_id == request.user.pk


def has_right(request: HttpRequest) -> bool:
    """Whether the person may decide about what others propose."""
    return request.user.has_perm(two_people.CONFIRM)
