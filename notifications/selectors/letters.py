"""Letters and the states of their delivery, for pages."""

import re
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from notifications.models import Letter
from sipcabinet.lib import clock, durable, tenancy
from sipcabinet.lib.durable import JobState


def of_account(account: tenancy.HasId) -> QuerySet[Letter]:
    """The account's letters, newest first, without their bodies."""
    return tenancy.of(account).rows(Letter).defer("body_text", "body_html").order_by("-created_at", "-pk")


def undelivered() -> QuerySet[Letter]:
    """Letters of all accounts that were given up lately and were not sent again: staff decide about them (4.2)."""
    return Letter.objects.filter(durable.stopped(), resends__isnull=True)


@dataclass(frozen=True, slots=True)
class Delivery:
    """The state of a letter's delivery in words for the customer; `tone` of the badge: ok, info, warn or err."""

    label: str
    tone: str
    is_final: bool


def delivery_of(letter: Letter) -> Delivery:
    """The current state of the letter's delivery, for the customer."""
    match letter.state:
        case JobState.DONE:
            moment = clock.show_moment(letter.sent_at or letter.created_at)
            return Delivery(_("доставлено почтовому серверу %(moment)s") % {"moment": moment}, "ok", is_final=True)
        case JobState.REFUSED:
            return Delivery(_("не доставлено: %(reason)s") % {"reason": reason(letter)}, "err", is_final=True)
        case JobState.PARKED:
            return Delivery(_("не отправлено из-за ошибки на нашей стороне"), "err", is_final=True)
    if letter.is_claimed:
        return Delivery(_("отправляется"), "info", is_final=False)
    if letter.tries:
        moment = clock.show_moment(letter.due_at)
        return Delivery(_("в очереди, следующая попытка %(moment)s") % {"moment": moment}, "warn", is_final=False)
    return Delivery(_("в очереди"), "info", is_final=False)


# Each pattern: RFC 3463 enhanced codes, which are exact; then words of servers that send no such codes.
_REASONS: list[tuple[str, str]] = [
    (r"\b[45]\.2\.2\b|over ?quota|mailbox (is )?full|quota exceeded", "ящик переполнен"),
    (r"\b[45]\.2\.1\b|mailbox (is )?(disabled|unavailable)|account (is )?disabled", "ящик отключён"),
    (r"\b[45]\.1\.1\b|user unknown|unknown user|no such (user|mailbox)|does not exist", "такого ящика нет"),
    (r"\b[45]\.1\.[236]\b|bad destination|invalid (address|recipient)", "адрес не существует"),
    (r"\b[45]\.(1\.2|4\.4)\b|host (not found|unknown)|domain.*not found", "почтовый сервер получателя не найден"),
    (r"\b[45]\.(2\.3|3\.4)\b|too (large|big)|size (limit|exceed)|exceeds.*size", "письмо больше, чем принимает сервер"),
    (r"\b[45]\.7\.\d+\b|spam|blocked|blacklist|rejected|policy|denied", "сервер получателя отклонил письмо"),
]
_PATTERNS = [(re.compile(pattern, re.IGNORECASE), words) for pattern, words in _REASONS]


def reason(letter: Letter) -> str:
    """Why a letter was given up, in Russian; for an unrecognised answer the server's code."""
    for pattern, words in _PATTERNS:
        if pattern.search(letter.smtp_answer):
            return _(words)
    if letter.smtp_code is None:
        return _("почтовый сервер не ответил за отведённое время")
    return _("почтовый сервер ответил отказом (код %(code)s)") % {"code": letter.smtp_code}
