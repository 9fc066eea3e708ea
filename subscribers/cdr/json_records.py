"""JSON records of FreeSWITCH (`mod_json_cdr`): objects one after another, one a line, or in one array (4.4)."""

import codecs
import json
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import unquote

from subscribers.cdr import fields
from subscribers.cdr.fields import Stamp
from subscribers.cdr.lines import ROW_LIMIT, UnreadableFileError
from subscribers.cdr.records import BadRowError, Disposition, RawCall, Reason, RejectedLine
from subscribers.cdr.switches import FREESWITCH_UNANSWERED, checked, content

RECORD_LIMIT = 256 * 1024  # characters; a record with its applications has some tens of thousands
_BLOCK = 65_536
_BETWEEN = " \t\r\n,[]\ufeff\0"  # what may stand between two objects
# What is read of a record. A rejected one is kept with these alone, so that it can be read again.
_READ = (
    "uuid", "bleg_uuid", "signal_bond", "caller_id_number", "effective_caller_id_number", "sip_from_user",
    "destination_number", "sip_to_user", "start_stamp", "answer_stamp", "end_stamp", "start_epoch", "answer_epoch",
    "end_epoch", "duration", "billsec", "hangup_cause", "accountcode",
)  # fmt: skip
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)


def records(file: BinaryIO, stamp: Stamp) -> Iterator[RawCall | RejectedLine]:
    """Every record of the file, numbered from 1. Raises UnreadableFileError if the file is not JSON from its start."""
    for number, found in enumerate(_objects(file), start=1):
        if isinstance(found, _Broken):
            yield RejectedLine(number, found.text, found.reason)
            continue
        raw = line_of(found)
        try:
            yield _call(number, raw, found, stamp)
        except BadRowError as bad:
            yield RejectedLine(number, raw, bad.reason, bad.detail)


class _Broken(NamedTuple):
    """A text that is no object, with the reason."""

    text: str
    reason: Reason


def parsed(text: str) -> dict[str, Any]:
    """The one object of a text; raises BadRowError."""
    try:
        found, end = _DECODER.raw_decode(text, len(text) - len(text.lstrip(_BETWEEN)))
    except (ValueError, RecursionError):
        raise BadRowError(Reason.JSON) from None
    if not isinstance(found, dict) or text[end:].strip(_BETWEEN):
        raise BadRowError(Reason.JSON)
    return found


def line_of(record: dict[str, Any]) -> str:
    """The record on one line, with only what is read of it."""
    kept = {name: value for name in _READ if (value := _variable(record, name))}
    return json.dumps({"variables": kept}, ensure_ascii=False) + "\n"


def _objects(file: BinaryIO) -> Iterator[dict[str, Any] | _Broken]:
    decoder, text, is_end, is_first = codecs.getincrementaldecoder("utf-8")("replace"), "", False, True
    is_lost = False  # within an overlong text: everything up to the next line that begins an object is passed over
    while True:
        if is_lost:
            cut = text.find("\n{")
            is_lost, text = cut < 0, text[cut + 1 :] if cut >= 0 else text[-1:] * (not is_end)
        text = text if is_lost else text.lstrip(_BETWEEN)
        if is_first and text:
            if text[0] != "{":
                raise UnreadableFileError("это не записи JSON: файл не начинается с «{»")
            is_first = False
        if is_end and not text:
            return
        if text and not is_lost:
            try:
                found, end = _DECODER.raw_decode(text)
            except (ValueError, RecursionError):
                found, end = None, 0
            if end and (end < len(text) or is_end):
                yield found if isinstance(found, dict) else _Broken(text[:end][:ROW_LIMIT], Reason.JSON)
                text = text[end:]
                continue
            if is_end or len(text) >= RECORD_LIMIT:
                broken, text = _broken(text, is_end=is_end)
                is_lost = broken.reason is Reason.OVERLONG and not text
                yield broken
                continue
        data = file.read(_BLOCK)
        text, is_end = text + decoder.decode(data, final=not data), not data


def _broken(text: str, *, is_end: bool) -> tuple[_Broken, str]:
    """The unreadable beginning, up to the next line that begins an object, and what follows."""
    cut = text.find("\n{", 1)
    first, rest = (text, "") if cut < 0 else (text[: cut + 1], text[cut + 1 :])
    shown = first[:ROW_LIMIT].replace("\0", "\N{SYMBOL FOR NULL}")
    if len(first) >= RECORD_LIMIT:
        return _Broken(shown, Reason.OVERLONG), rest
    return _Broken(shown, Reason.TRUNCATED if is_end and cut < 0 else Reason.JSON), rest


def _variable(record: dict[str, Any], name: str) -> str:
    """A channel variable as text, decoded, without signs that no database holds; empty if the record has none."""
    variables = record.get("variables")
    value = variables.get(name) if isinstance(variables, dict) else None
    return unquote(value).strip().encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _call(number: int, raw: str, record: dict[str, Any], stamp: Stamp) -> RawCall:
    """`uuid` is the call id, `bleg_uuid` the other leg, as in the CSV; unix times are preferred to local ones."""

    def told(*names: str) -> str:
        return next((value for name in names if (value := _variable(record, name))), "")

    uuid, bleg, trunk = told("uuid"), told("bleg_uuid", "signal_bond"), told("accountcode")
    calling = told("caller_id_number", "effective_caller_id_number", "sip_from_user")
    called = told("destination_number", "sip_to_user")
    start, answer, end = (told(f"{name}_epoch", f"{name}_stamp") for name in ("start", "answer", "end"))
    duration, billsec, cause = told("duration"), told("billsec"), told("hangup_cause")
    fields.require_bounded(uuid, bleg, calling, called, trunk)
    answered_at = fields.moment_or_none(answer, stamp)
    disposition = Disposition.ANSWERED if answered_at else FREESWITCH_UNANSWERED.get(cause, Disposition.FAILED)
    return checked(
        RawCall(
            number,
            raw,
            uuid,
            bleg,
            calling,
            fields.destination(called),
            stamp(start),
            answered_at,
            stamp(end),
            fields.seconds(duration),
            fields.seconds(billsec),
            disposition,
            trunk,
            content(calling, called, start, answer, end, duration, billsec, cause, uuid, bleg, trunk),
            bool(uuid),
        )
    )
