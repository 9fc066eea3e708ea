"""The operator's face: a draft is edited and previewed, then put in force; earlier versions are kept (4.16)."""

import hashlib
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.services import audit
from desk.services import accents
from operator_profile.models import Face, FaceDraft, Look, Picture
from operator_profile.selectors import face as faces
from sipcabinet.lib import clock, locks, pictures
from sipcabinet.lib.errors import DomainError


class FaceError(DomainError):
    """The change of the face is refused. `field` names the field of the form that the message belongs to."""

    code = "face.refused"

    def __init__(self, message: str, *, code: str | None = None, field: str | None = None) -> None:
        super().__init__(message, code=code)
        self.field = field


def save_draft(*, values: Mapping[str, Any], by: Actor) -> FaceDraft:
    """Writes the draft with the given values of Look.names(), over an earlier draft. Nothing changes for customers.

    Locks the face. Raises FaceError for a colour that cannot be read.
    """
    for name, dark in (("accent", False), ("accent_dark", True)):
        if why := accents.refusal(values.get(name, ""), dark=dark):
            raise FaceError(why, code="face.contrast", field=name)
    with transaction.atomic():
        _lock()
        draft = _draft()
        for name, value in values.items():
            setattr(draft, name, value)
        _write(draft, by)
        _record("face.drafted", _("Черновик вида кабинета сохранён"), by, {"revision": draft.revision})
    return draft


def take_version(*, version: Face, by: Actor) -> FaceDraft:
    """Makes a draft of an earlier version, to be previewed and put in force again. Locks the face."""
    with transaction.atomic():
        _lock()
        draft = _draft()
        for name, value in version.values().items():
            setattr(draft, name, value)
        draft.restored_from = version.pk
        _write(draft, by)
        summary = _("Версия %(version)s вида кабинета взята в черновик") % {"version": version.pk}
        _record("face.drafted", summary, by, {"revision": draft.revision, "version": version.pk})
    return draft


def discard_draft(*, by: Actor) -> bool:
    """Removes the draft; False if there is none. Locks the face."""
    with transaction.atomic():
        _lock()
        removed, _each = FaceDraft.objects.all().delete()
        if removed:
            _record("face.discarded", _("Черновик вида кабинета удалён"), by, {})
    return bool(removed)


def put_in_force(*, revision: int, by: Actor) -> Face:
    """Puts the draft in force, for everybody at once; other processes follow within `faces.KEPT_SECONDS`.

    `revision` is the draft that was shown. Locks the face. Raises FaceError if there is no draft, if it was changed
    since, or if it changes nothing.
    """
    with transaction.atomic():
        _lock()
        draft = faces.draft()
        if draft is None:
            raise FaceError(_("Черновика нет: его уже ввели в действие или удалили."), code="face.no_draft")
        if draft.revision != revision:
            raise FaceError(_("Черновик изменился после того, как вы его открыли. Посмотрите его ещё раз."))
        changed = changes(faces.look(), draft)
        if not changed and faces.latest() is not None:
            raise FaceError(_("Черновик ничем не отличается от того, что действует."), code="face.nothing")
        face = Face.objects.create(**draft.values(), put_by=_name(by), restored_from=draft.restored_from)
        draft.delete()
        summary = _("Новый вид кабинета, версия %(version)s: %(fields)s") % {
            "version": face.pk,
            "fields": ", ".join(_label(name) for name in changed) or _("без изменений"),
        }
        _record("face.put_in_force", summary, by, {"version": face.pk, "changes": changed})
        transaction.on_commit(faces.forget)
    return face


def changes(was: Look, became: Look) -> dict[str, list[Any]]:
    """Was → became of every attribute that differs."""
    then, now = was.values(), became.values()
    return {name: [then[name], now[name]] for name in now if then[name] != now[name]}


def store(picture: pictures.Picture) -> Picture:
    """Keeps a checked picture; the same picture is kept once."""
    sha256 = hashlib.sha256(picture.content).hexdigest()
    given = {
        "content_type": picture.content_type,
        "content": picture.content,
        "width": picture.width,
        "height": picture.height,
    }
    return Picture.objects.get_or_create(sha256=sha256, defaults=given)[0]


def _lock() -> None:
    locks.hold("operator face")


def _draft() -> FaceDraft:
    """The draft, or a new one with what is in force."""
    found = faces.draft()
    if found is None:
        found = FaceDraft(revision=0, **faces.look().values())
    return found


def _write(draft: FaceDraft, by: Actor) -> None:
    draft.revision += 1
    draft.edited_at, draft.edited_by = clock.now(), _name(by)
    draft.save()


def _label(name: str) -> str:
    return str(Look._meta.get_field(name.removesuffix("_id")).verbose_name)  # type: ignore[union-attr]


def _name(by: Actor) -> str:
    return by.user.get_full_name()[:150] if by.user else ""


def _record(action: str, summary: str, by: Actor, details: dict[str, Any]) -> None:
    audit.record(action=action, summary=summary, user=by.user, details=details, address=by.address)
