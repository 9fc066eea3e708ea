"""Switches that files come from: their formats and, for generic files, their columns."""

from django.utils.translation import gettext as _

from sipcabinet.lib.errors import DomainError
from subscribers.cdr import ColumnMapping, Format, Options
from subscribers.models import CallSource


class SourceError(DomainError):
    """The source cannot be used as asked."""

    code = "source.refused"


def reading(source: CallSource) -> tuple[Format, Options]:
    """How files of this source are read; raises SourceError where its columns name unknown fields."""
    try:
        mapping = ColumnMapping.of(source.columns)
    except ValueError as error:
        raise SourceError(_("У источника «%(name)s» неверное соответствие колонок") % {"name": source.name}) from error
    return Format(source.format), Options(mapping=mapping)


def find(*, name: str, fmt: str, save: bool = True) -> CallSource:
    """The source of this name, made where there is none (kept only with `save`); raises SourceError where its format is
    another one: two switches under one name would mix up their calls' identities."""
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
