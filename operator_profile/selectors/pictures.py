"""Pictures of the face and of documents."""

from collections.abc import Iterable

from operator_profile.models import Picture


def by_id(ids: Iterable[int | None]) -> dict[int, Picture]:
    """The pictures with these ids; None counts as no picture and asks nothing."""
    wanted = [pk for pk in ids if pk]
    return Picture.objects.in_bulk(wanted) if wanted else {}
