"""Call sources: the format of their files and, for generic files, the columns."""

from django.utils.translation import gettext as _

from subscribers.cdr import CallFormat, ColumnMapping, Options
from subscribers.errors import SourceError
from subscribers.models import CallSource


def reading(source: CallSource) -> tuple[CallFormat, Options]:
    """How to read files of this source; raises SourceError if its columns name unknown fields."""
    try:
        mapping = ColumnMapping.of(source.columns)
    except ValueError as error:
        raise SourceError(_("У источника «%(name)s» неверное соответствие колонок") % {"name": source.name}) from error
    return CallFormat(source.format), Options(mapping=mapping)
