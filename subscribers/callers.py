"""What is known of a caller whom the account code of a record names, and the caller's number does not (4.4, 3.6)."""

from django.utils.translation import gettext as _

from subscribers.cdr.numbers import Kind, Number

HIDDEN, UNKNOWN = "hidden", "unknown"


def kept(caller: Number) -> str:
    """The caller as a call keeps it: an E.164 number, an extension's digits, HIDDEN or UNKNOWN."""
    if caller.kind is Kind.HIDDEN:
        return HIDDEN
    return caller.value if caller.kind in (Kind.E164, Kind.SHORT, Kind.EXTENSION) else UNKNOWN


def words(caller: str) -> str:
    """What pages and files say of it: «переадресация», «скрытый номер», «внутренний 101»; nothing of an empty one."""
    if not caller:
        return ""
    if caller.startswith("+"):
        return _("переадресация")
    if caller == HIDDEN:
        return _("скрытый номер")
    return _("номер не определён") if caller == UNKNOWN else _("внутренний %(number)s") % {"number": caller}
