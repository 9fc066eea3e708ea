"""Notes of staff about customers (4.1): written, and struck out with a reason; never changed, never deleted."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import Customer, User
from accounts.services import audit
from desk.models import StaffNote
from sipcabinet.lib import clock, sent_once
from sipcabinet.lib.errors import DomainError

TEXT_LENGTH, WHY_LENGTH = 1000, 200


class NoteError(DomainError):
    """The note is refused."""

    code = "note.refused"


def write(*, customer: Customer, text: str, by: Actor) -> StaffNote:
    """Writes a note; the same form (`by.token`) sent twice returns the first one. Raises NoteError for an empty text
    and for one longer than TEXT_LENGTH.

    The event goes into the operator's own journal, without the text: customers read the journals of their accounts.
    """
    clean = "\n".join(line.rstrip() for line in text.strip().splitlines())
    if not clean:
        raise NoteError(_("Введите текст заметки"))
    if len(clean) > TEXT_LENGTH:
        raise NoteError(_("Заметка не длиннее %(most)d знаков") % {"most": TEXT_LENGTH})
    with transaction.atomic():
        note, created = StaffNote.objects.get_or_create(
            dedupe_key=by.token or sent_once.new_token(),
            defaults={"customer": customer, "text": clean, "author": _person(by)},
        )
        if created:
            _record(note, "note.written", _("Добавлена заметка о клиенте %(name)s"), by)
    return note


def strike(*, note: StaffNote, by: Actor) -> StaffNote:
    """Strikes a note out for the reason of `by`; the note stays readable. Locks the note. Raises NoteError without a
    reason and for a note that is struck out already."""
    why = " ".join(by.reason.split())
    if not why:
        raise NoteError(_("Укажите, почему заметка больше не верна"), code="note.reason")
    if len(why) > WHY_LENGTH:
        raise NoteError(_("Причина не длиннее %(most)d знаков") % {"most": WHY_LENGTH}, code="note.reason")
    with transaction.atomic():
        held = StaffNote.objects.select_for_update(of=("self",)).select_related("customer").get(pk=note.pk)
        if held.is_struck:
            raise NoteError(_("Эта заметка уже зачёркнута"))
        held.struck_at, held.struck_by, held.struck_why = clock.now(), _person(by), why
        held.save(update_fields=["struck_at", "struck_by", "struck_why"])
        _record(held, "note.struck", _("Зачёркнута заметка о клиенте %(name)s"), by)
    return held


def _person(by: Actor) -> User:
    if by.user is None or not by.user.is_staff:
        raise NoteError(_("Заметки пишут сотрудники оператора"))
    return by.user


def _record(note: StaffNote, action: str, summary: str, by: Actor) -> None:
    audit.record(
        action=action,
        user=by.user,
        address=by.address,
        summary=summary % {"name": note.customer.name},
        details={"customer_id": note.customer_id, "note_id": note.pk},
    )
