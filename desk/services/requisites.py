"""The operator's requisites: a draft is edited and previewed, then holds from a day; past days never change (4.16)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.services import audit
from operator_profile.models import Requisites, RequisitesDraft, RequisitesFields
from operator_profile.selectors import requisites as found
from sipcabinet.lib import clock, locks, validity
from sipcabinet.lib.errors import DomainError


class RequisitesError(DomainError):
    """The change of the requisites is refused. `field` names the field of the form that the message belongs to."""

    code = "requisites.refused"

    def __init__(self, message: str, *, code: str | None = None, field: str | None = None) -> None:
        super().__init__(message, code=code)
        self.field = field


def save_draft(*, values: Mapping[str, Any], valid_from: date, by: Actor) -> RequisitesDraft:
    """Writes the draft with the given values of RequisitesFields.names(), over an earlier draft.

    Locks the requisites. Raises RequisitesError for a day in the past, or one that has requisites of its own.
    """
    with transaction.atomic():
        _lock()
        _check_day(valid_from)
        draft = found.draft() or RequisitesDraft(revision=0)
        for name, value in values.items():
            setattr(draft, name, value)
        draft.valid_from, draft.revision = valid_from, draft.revision + 1
        draft.edited_at, draft.edited_by = clock.now(), _name(by)
        draft.save()
        _record("requisites.drafted", _("Черновик реквизитов сохранён"), by, {"revision": draft.revision})
    return draft


def discard_draft(*, by: Actor) -> bool:
    """Removes the draft; False if there is none. Locks the requisites."""
    with transaction.atomic():
        _lock()
        removed, _each = RequisitesDraft.objects.all().delete()
        if removed:
            _record("requisites.discarded", _("Черновик реквизитов удалён"), by, {})
    return bool(removed)


def put_in_force(*, revision: int, by: Actor) -> Requisites:
    """Makes the draft hold from its day on, until the day of the next row if there is one.

    The first time, the environment's values are written down as those of all days before. Documents that are issued
    keep what they stored. Locks the requisites. Raises RequisitesError if there is no draft, if it was changed since
    it was shown, if its day is past or taken, or if it changes nothing.
    """
    with transaction.atomic():
        _lock()
        draft = found.draft()
        if draft is None:
            raise RequisitesError(_("Черновика нет: его уже ввели в действие или удалили."))
        if draft.revision != revision:
            raise RequisitesError(_("Черновик изменился после того, как вы его открыли. Посмотрите его ещё раз."))
        _check_day(draft.valid_from)
        before = _row_of(draft.valid_from, by)
        changed = changes(before, draft)
        if not changed:
            raise RequisitesError(_("Черновик ничем не отличается от реквизитов этого дня."))
        until, before.valid_until = before.valid_until, draft.valid_from
        before.save(update_fields=["valid_until"])
        row = Requisites.objects.create(
            **draft.values(), valid_from=draft.valid_from, valid_until=until, added_by=_name(by)
        )
        draft.delete()
        summary = _("Новые реквизиты оператора с %(day)s: %(fields)s") % {
            "day": clock.show_date(row.valid_from),
            "fields": ", ".join(label(name) for name in changed),
        }
        details = {"id": row.pk, "valid_from": row.valid_from.isoformat(), "changes": changed}
        _record("requisites.put_in_force", summary, by, details)
    return row


def withdraw(*, row: Requisites, by: Actor) -> None:
    """Takes back requisites whose day has not come; those before them go on. Locks the requisites. Raises
    RequisitesError for a row that holds already, or is withdrawn."""
    with transaction.atomic():
        _lock()
        row.refresh_from_db()
        if row.is_withdrawn:
            raise RequisitesError(_("Эти реквизиты уже отменены."))
        if row.valid_from <= clock.today():
            raise RequisitesError(_("Эти реквизиты уже действуют: введите новые со следующего дня."))
        until, row.valid_until = row.valid_until, row.valid_from
        row.save(update_fields=["valid_until"])
        before = Requisites.objects.filter(found.counting(), valid_until=row.valid_from)
        before.update(valid_until=until)
        summary = _("Реквизиты оператора с %(day)s отменены") % {"day": clock.show_date(row.valid_from)}
        _record("requisites.withdrawn", summary, by, {"id": row.pk, "valid_from": row.valid_from.isoformat()})


def changes(was: RequisitesFields, became: RequisitesFields) -> dict[str, list[Any]]:
    """Was → became of every attribute that differs."""
    then, now = was.values(), became.values()
    return {name: [then[name], now[name]] for name in now if then[name] != now[name]}


def label(name: str) -> str:
    return str(RequisitesFields._meta.get_field(name.removesuffix("_id")).verbose_name)  # type: ignore[union-attr]


def _check_day(day: date) -> None:
    if day < clock.today():
        message = _("День уже прошёл: реквизиты прошлых дней не меняются. Укажите сегодня или позже.")
        raise RequisitesError(message, code="requisites.past", field="valid_from")
    if Requisites.objects.filter(found.counting(), valid_from=day).exists():
        message = (
            _("С сегодняшнего дня реквизиты уже изменены: укажите завтра или позже.")
            if day == clock.today()
            else _("С этого дня уже введены реквизиты: отмените их или укажите другой день.")
        )
        raise RequisitesError(message, code="requisites.taken", field="valid_from")


def _row_of(day: date, by: Actor) -> Requisites:
    """The row in force on a day; the environment's values become the first row if there is none."""
    row = Requisites.objects.select_for_update(of=("self",)).filter(validity.in_force(day)).first()
    if row is None:
        row = found.first()
        row.added_by = _name(by)
        row.save()
    return row


def _lock() -> None:
    locks.hold("operator requisites")


def _name(by: Actor) -> str:
    return by.user.get_full_name()[:150] if by.user else ""


def _record(action: str, summary: str, by: Actor, details: dict[str, Any]) -> None:
    audit.record(action=action, summary=summary, user=by.user, details=details, address=by.address)
