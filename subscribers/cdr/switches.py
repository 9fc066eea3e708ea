"""Rows of FreeSWITCH and Asterisk → calls."""

from datetime import datetime

from subscribers.cdr import fields
from subscribers.cdr.fields import Stamp
from subscribers.cdr.lines import Row
from subscribers.cdr.records import BadRowError, Disposition, RawCall, Reason

FREESWITCH_COLUMNS = frozenset({15})
ASTERISK_COLUMNS = frozenset({16, 17, 18, 19, 20, 21})

FREESWITCH_UNANSWERED = {
    "USER_BUSY": Disposition.BUSY,
    "NO_ANSWER": Disposition.NO_ANSWER,
    "NO_USER_RESPONSE": Disposition.NO_ANSWER,
    "ALLOTTED_TIMEOUT": Disposition.NO_ANSWER,
    "PROGRESS_TIMEOUT": Disposition.NO_ANSWER,
    "RECOVERY_ON_TIMER_EXPIRE": Disposition.NO_ANSWER,
    "ORIGINATOR_CANCEL": Disposition.CANCELLED,
    "NORMAL_CLEARING": Disposition.CANCELLED,
}
_ASTERISK = {
    "ANSWERED": Disposition.ANSWERED,
    "NO ANSWER": Disposition.NO_ANSWER,
    "NOANSWER": Disposition.NO_ANSWER,
    "BUSY": Disposition.BUSY,
    "FAILED": Disposition.FAILED,
    "CONGESTION": Disposition.FAILED,
    "CANCEL": Disposition.CANCELLED,
}


def freeswitch(row: Row, stamp: Stamp) -> RawCall:
    """mod_cdr_csv, template «example»: `uuid` is the call id, `bleg_uuid` the leg; caller names are ignored."""
    (_name, calling, called, _context, start, answer, end, duration, billsec, cause, uuid, bleg, trunk, _r, _w) = map(
        str.strip, row.fields
    )
    fields.require_bounded(uuid, bleg, calling, called, trunk)
    answered_at = fields.moment_or_none(answer, stamp)
    disposition = Disposition.ANSWERED if answered_at else FREESWITCH_UNANSWERED.get(cause, Disposition.FAILED)
    return checked(
        RawCall(
            row.line_no,
            row.raw,
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


def asterisk(row: Row, stamp: Stamp) -> RawCall:
    """cdr_csv, Master.csv: rows with one `uniqueid` are legs, distinguished by `sequence` or else by their channels.

    Columns 17 and 18 are uniqueid and userfield; the last of 19 to 21 (peeraccount, linkedid, sequence) is the
    sequence if it is a number. Without a uniqueid the row is identified by its content. Seconds of a row that is not
    ANSWERED are those of an application which answered by itself: the call counts as unanswered, with 0 seconds.
    """
    (
        trunk,
        calling,
        called,
        _c,
        _clid,
        channel,
        peer,
        _app,
        _data,
        start,
        answer,
        end,
        duration,
        billsec,
        result,
        _a,
    ) = map(str.strip, row.fields[:16])
    extra = [field.strip() for field in row.fields[16:]]
    uniqueid = extra[0] if extra else ""
    fields.require_bounded(uniqueid, calling, called, trunk)
    billed = fields.seconds(billsec)
    disposition = _asterisk_disposition(result)
    sequence = extra[-1] if len(extra) > len(("uniqueid", "userfield")) and extra[-1].isdecimal() else ""
    return checked(
        RawCall(
            row.line_no,
            row.raw,
            uniqueid,
            sequence or fields.key(f"{channel}>{peer}"),
            calling,
            fields.destination(called),
            stamp(start),
            _asterisk_answer(disposition, answer, stamp),
            stamp(end),
            fields.seconds(duration),
            billed if disposition is Disposition.ANSWERED else 0,
            disposition,
            trunk,
            content(
                calling, called, start, answer, end, duration, billsec, result, uniqueid, sequence, channel, peer, trunk
            ),
        )
    )


def content(*said: str) -> str:
    """The row's data joined so that different rows give different texts."""
    return "\x1f".join(said)


def _asterisk_disposition(result: str) -> Disposition:
    found = _ASTERISK.get(result.upper())
    if found is None:
        raise BadRowError(Reason.BAD_DISPOSITION, result)
    return found


def _asterisk_answer(disposition: Disposition, answer: str, stamp: Stamp) -> datetime | None:
    """The answer time, only for an answered call: Asterisk also writes it if an application answered by itself."""
    answered_at = fields.moment_or_none(answer, stamp)
    return answered_at if disposition is Disposition.ANSWERED else None


def checked(call: RawCall) -> RawCall:
    """The same call, if its values are consistent with each other; raises BadRowError.

    Seconds billed may be one above the duration: switches round both separately (`initiatedseconds`). The duration is
    then that of the conversation.
    """
    if call.ended_at < call.started_at:
        raise BadRowError(Reason.END_BEFORE_START)
    if call.billsec > call.duration + 1:
        raise BadRowError(Reason.BILLED_OVER_DURATION, f"{call.billsec} > {call.duration}")
    if call.answered_at is None:
        if call.billsec or call.disposition is Disposition.ANSWERED:
            raise BadRowError(Reason.CONTRADICTION)
    elif not call.started_at <= call.answered_at <= call.ended_at:
        raise BadRowError(Reason.CONTRADICTION)
    return call._replace(duration=call.billsec) if call.billsec > call.duration else call
