"""What the pages of the face show: the draft as an appearance, what it changes, earlier versions (4.16)."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from operator_profile import appearance
from operator_profile.appearance import Appearance
from operator_profile.models import Face, Look, Requisites, RequisitesFields
from operator_profile.selectors import face as faces
from operator_profile.selectors import requisites

DRAFT = -1  # the version of a draft: no customer ever gets it


@dataclass(frozen=True, slots=True)
class Difference:
    """A line of «было → стало»; `is_picture` marks the id of a picture, `is_colour` a colour."""

    label: str
    was: Any
    now: Any
    is_picture: bool
    is_colour: bool


def previewed() -> Appearance:
    """The draft as pages and letters would show it, else what is in force. Its URLs open for administrators only."""
    draft = faces.draft()
    if draft is None:
        return faces.in_force()
    return appearance.of(
        draft,
        version=DRAFT,
        logo=reverse("admin:desk_face_picture", args=[draft.logo_id]) if draft.logo_id else "",
        stylesheet=f"{reverse('admin:desk_face_stylesheet')}?v={draft.revision}",
    )


def differences(was: Look | RequisitesFields, now: Look | RequisitesFields) -> list[Difference]:
    """What differs, in the order of the form."""
    then, values = was.values(), now.values()
    return [
        Difference(
            label=str(type(now)._meta.get_field(name.removesuffix("_id")).verbose_name),  # type: ignore[union-attr]
            was=then[name],
            now=value,
            is_picture=name.endswith("_id"),
            is_colour=name.startswith("accent"),
        )
        for name, value in values.items()
        if then[name] != value
    ]


def versions() -> list[Face]:
    """All versions, the newest first."""
    return list(Face.objects.order_by("-pk"))


def timeline() -> list[Requisites]:
    """The requisites of all days, the newest first; before the first change the environment's alone."""
    return requisites.timeline() or [requisites.first()]
