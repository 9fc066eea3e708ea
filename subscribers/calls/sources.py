"""Call sources: the switches whose files are imported."""

from django.utils.translation import gettext as _

from subscribers.errors import SourceError
from subscribers.models import CallSource


def find(*, name: str, fmt: str, save: bool = True) -> CallSource:
    """The source with this name, created if missing (stored only with `save`).

    Raises SourceError if the source has another format: two switches under one name would mix up call ids.
    """
    source = CallSource.objects.filter(name=name).first()
    if source is None:
        source = CallSource(name=name, format=fmt)
        if save:
            source, _made = CallSource.objects.get_or_create(name=name, defaults={"format": fmt})
    if source.format != fmt:
        raise SourceError(
            _("Источник «%(name)s» пишет файлы в формате %(format)s") % {"name": name, "format": source.format}
        )
    return source
