"""The caller shown for a call whose record names the trunk by account code and not by number (4.4, 3.6)."""

from django.utils.translation import gettext as _

from subscribers.cdr.numbers import Number, NumberKind

HIDDEN, UNKNOWN = "hidden", "unknown"


def kept(caller: Number) -> str:
    """The caller as stored with a call: an E.164 number, an extension's digits, HIDDEN or UNKNOWN."""
    if caller.kind is NumberKind.HIDDEN:
        return HIDDEN
    return caller.value if caller.kind in (NumberKind.E164, NumberKind.SHORT, NumberKind.EXTENSION) else UNKNOWN


def words(caller: str) -> str:
    """The caller in words for pages and files: «переадресация», «скрытый номер», «внутренний 101»; empty for none."""
    if not caller:
        return ""
    if caller.startswith("+"):
        return _("переадресация")
    if caller == HIDDEN:
        return _("скрытый номер")
    return _("номер не определён") if caller == UNKNOWN else _("внутренний %(number)s") % {"number": caller}
