"""The operator's face in force (4.16). A process asks the database at most once in KEPT_SECONDS."""

import time
from dataclasses import dataclass

from django.urls import reverse
from django.utils.http import urlencode

from operator_profile import appearance
from operator_profile.appearance import Appearance
from operator_profile.models import Face, FaceDraft, Look

KEPT_SECONDS = 60.0


@dataclass(slots=True)
class _Kept:
    """The last read row, if any, and until when it counts (monotonic)."""

    face: Face | None = None
    until: float = 0.0


_kept = _Kept()


def in_force() -> Appearance:
    """The face in force. Other processes see a new version within KEPT_SECONDS."""
    if time.monotonic() >= _kept.until:
        keep(latest())
    return known()


def known() -> Appearance:
    """The face as this process read it last, without a query: for pages that must work without a database."""
    return of_version(_kept.face) if _kept.face else appearance.first()


def latest() -> Face | None:
    """The version in force, from the database; None while the environment's values are in force."""
    return Face.objects.order_by("-pk").first()


def logo_id() -> int | None:
    """The picture in force as the logo, from the database: a document stores it, so a kept value could be too old."""
    return Face.objects.order_by("-pk").values_list("logo", flat=True).first()


def keep(face: Face | None, seconds: float = KEPT_SECONDS) -> None:
    """Keeps what was read, so that `in_force` does not ask for it again."""
    _kept.face, _kept.until = face, time.monotonic() + seconds


def forget() -> None:
    """Makes the next `in_force` ask the database."""
    _kept.until = 0.0


def of_version(face: Face) -> Appearance:
    """A version with its public URLs: the version is in each address, so a browser may keep the answer forever."""
    version = {"v": face.pk}
    return appearance.of(
        face,
        version=face.pk,
        logo=reverse("operator_profile:logo", args=[face.pk]),
        stylesheet=f"{reverse('operator_profile:stylesheet')}?{urlencode(version)}",
    )


def draft() -> FaceDraft | None:
    return FaceDraft.objects.first()


def look() -> Look:
    """The values to begin a draft with: those of the version in force, else of the environment."""
    face = latest()
    return face or first_look()


def first_look() -> Look:
    """The environment's values as an unsaved row."""
    first = appearance.first()
    support = first.support
    return FaceDraft(
        name=first.name,
        mark=first.mark,
        support_phone=support.phone,
        support_email=support.email,
        support_hours=support.hours,
    )
