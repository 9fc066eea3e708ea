"""What waits in a queue, in a few words."""

from collections.abc import Callable, Sequence

from django.utils.translation import gettext

from accounts.models import ApplicationKind
from billing.models import ProposalKind
from desk.queue import Part, Waiting
from sipcabinet.lib import money, words
from sipcabinet.lib.periods import Month
from subscribers.calls import rejects
from subscribers.models import AlarmSign


def amount(waiting: Waiting) -> str:
    return money.show_byn(waiting.sum) if waiting.sum is not None else ""


def reasons(waiting: Waiting) -> str:
    """The reasons in words; more than two are counted."""
    if len(waiting.kinds) > 2:
        return words.counted(len(waiting.kinds), "причина", "причины", "причин")
    labels = rejects.reason_labels()
    return ", ".join(labels.get(kind, kind) for kind in waiting.kinds)


def signs(waiting: Waiting) -> str:
    """What the waiting alarms look like."""
    return ", ".join(str(AlarmSign(kind).label) for kind in waiting.kinds)


def papers(waiting: Waiting) -> str:
    """The kinds of the waiting papers; more than three are counted."""
    if len(waiting.kinds) > 3:
        return words.counted(len(waiting.kinds), "вид", "вида", "видов")
    return ", ".join(str(ApplicationKind(kind).label).lower() for kind in waiting.kinds)


def proposals(waiting: Waiting) -> str:
    """The kinds of the proposals and their sum."""
    kinds = ", ".join(str(ProposalKind(kind).label) for kind in waiting.kinds)
    return f"{kinds}: {amount(waiting)}"


def answers(waiting: Waiting) -> str:
    """The answers of mail servers; letters without an answer are not told apart."""
    if not waiting.kinds:
        return gettext("почтовый сервер не ответил")
    return gettext("ответ сервера %(codes)s") % {"codes": ", ".join(waiting.kinds[:4])}


def counts(parts: Sequence[Part]) -> Callable[[Waiting], str]:
    titles = {part.name: part.title for part in parts}

    def told(waiting: Waiting) -> str:
        return ", ".join(f"{titles[name]}{money.NBSP}{one.count}" for name, one in waiting.parts.items() if one.count)

    return told


def month(waiting: Waiting) -> str:
    return Month.of(waiting.oldest).shift(-1).label if waiting.oldest else ""
