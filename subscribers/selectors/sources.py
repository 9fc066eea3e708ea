"""Switches that files come from: their formats and, for generic files, their columns."""

from django.utils.translation import gettext as _

from subscribers.cdr import ColumnMapping, Format, Options
from subscribers.errors import SourceError
from subscribers.models import CallSource


def reading(source: CallSource) -> tuple[Format, Options]:
    """How files of this source are read; raises SourceError where its columns name unknown fields."""
    try:
        mapping = ColumnMapping.of(source.columns)
    except ValueError as error:
        raise SourceError(_("У источника «%(name)s» неверное соответствие колонок") % {"name": source.name}) from error
    return Format(source.format), Options(mapping=mapping)
