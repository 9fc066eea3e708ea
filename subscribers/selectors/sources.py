"""Call sources: the format of their files and, for generic files, the columns."""

import re
from contextlib import suppress
from datetime import timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext as _

from subscribers.cdr import CallFormat, ColumnMapping, Options
from subscribers.cdr.rewriting import rules
from subscribers.errors import SourceError
from subscribers.models import CallSource, SourceKind

_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)", re.ASCII)


def reading(source: CallSource) -> tuple[CallFormat, Options]:
    """How to read files of this source; raises SourceError if its columns, rules or time zone are wrong.

    What is read from a switch's database is written in the columns that a reader knows (`subscribers.cdr.tables`);
    there `columns` names the database's columns.
    """
    told = {"name": source.name}
    try:
        mapping = ColumnMapping.of(source.columns if source.kind == SourceKind.FILES else {})
    except ValueError as error:
        raise SourceError(_("У источника «%(name)s» неверное соответствие колонок") % told) from error
    try:
        found = rules(source.rules)
    except ValueError as error:
        raise SourceError(_("У источника «%(name)s» неверные замены в номерах") % told) from error
    has_header = source.has_header or source.kind != SourceKind.FILES
    return CallFormat(source.format), Options(zone_of(source.zone), mapping, has_header, found)


@lru_cache(maxsize=100)
def zone_of(name: str) -> tzinfo:
    """The time zone with this name of the IANA list, or a fixed offset `+03:00`; raises SourceError."""
    if (offset := _OFFSET.fullmatch(name)) is not None:
        hours, minutes = int(offset[2]), int(offset[3])
        sign = -1 if offset[1] == "-" else 1
        if hours <= 14 and minutes < 60:
            return timezone(sign * timedelta(hours=hours, minutes=minutes))
    else:
        with suppress(ValueError, OSError, ZoneInfoNotFoundError):
            return ZoneInfo(name)
    raise SourceError(_("Нет часового пояса «%(zone)s»: например, Europe/Minsk, UTC или +03:00") % {"zone": name[:40]})
