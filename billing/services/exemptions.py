"""«Не ограничивать до…»: staff exempt an account from restriction for debt through a day, or withdraw it (4.8)."""

from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import Account, AccountStatus
from accounts.services import audit
from billing.models import DunningExemption
from billing.models.exemption import REASON_LENGTH
from billing.selectors import exemptions
from billing.services import debts, ledger
from sipcabinet.lib import clock
from sipcabinet.lib.errors import DomainError

LONGEST = timedelta(days=92)  # a longer delay is a matter of the contract, not of a clerk


class ExemptionError(DomainError):
    """The exemption cannot be given or withdrawn; the last part of the code names the field (`until`, `reason`)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, code=f"exemption.{code}")


def grant(*, account: Account, until: date, by: Actor) -> DunningExemption:
    """Bars no calls for debt through the day `until`; a restriction for debt in force is lifted, with its letter.

    The customer reads `by.reason` in his journal. Audited; locks the ledger. Raises ExemptionError without a reason,
    for a day before today or more than LONGEST away, for a closed account, and if an exemption is in force.
    """
    reason = _clean(by.reason)
    with transaction.atomic():
        ledger.lock(account)
        _check(account, until)
        exemption = DunningExemption.objects.create(
            account=account,
            since=clock.today(),
            until=until,
            reason=reason,
            granted_at=clock.now(),
            granted_by=by.user,
        )
        day = clock.show_date(until)
        summary = _("Звонки не ограничиваются за долг по %(day)s включительно: %(why)s") % {"day": day, "why": reason}
        _record(exemption, "granted", summary, by)
        debts.review(account=account)
    return exemption


def withdraw(*, account: Account, seen: int, by: Actor) -> DunningExemption:
    """Ends the exemption in force; calls are then barred by the next run, where a named day of restriction has come.

    `seen`: the exemption (id) that the person saw. Audited; locks the ledger. Raises ExemptionError without a reason,
    and if that exemption is no longer in force.
    """
    why = _clean(by.reason)
    with transaction.atomic():
        ledger.lock(account)
        exemption = exemptions.in_force(account)
        if exemption is None or exemption.pk != seen:
            raise ExemptionError("gone", _("Эта отсрочка уже не действует"))
        exemption.withdrawn_at, exemption.withdrawn_by, exemption.withdrawn_why = clock.now(), by.user, why
        exemption.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_why"])
        summary = _("Отсрочка ограничения по %(day)s отозвана: %(why)s")
        _record(exemption, "withdrawn", summary % {"day": clock.show_date(exemption.until), "why": why}, by)
    return exemption


def why_not(account: Account) -> str:
    """Why no exemption can be given now; empty if it can."""
    if account.status == AccountStatus.CLOSED:
        return _("Лицевой счёт закрыт: ограничивать нечего.")
    if (known := exemptions.in_force(account)) is not None:
        return _("Отсрочка уже действует по %(day)s: %(why)s. Чтобы дать другую, отзовите её.") % {
            "day": clock.show_date(known.until),
            "why": known.reason,
        }
    return ""


def _check(account: Account, until: date) -> None:
    if message := why_not(Account.objects.get(pk=account.pk)):
        raise ExemptionError("known", message)
    today = clock.today()
    if not today <= until <= today + LONGEST:
        limits = {"first": clock.show_date(today), "last": clock.show_date(today + LONGEST)}
        raise ExemptionError("until", _("Укажите день с %(first)s по %(last)s") % limits)


def _clean(reason: str) -> str:
    text = " ".join(reason.split())[:REASON_LENGTH]
    if not text:
        raise ExemptionError("reason", _("Укажите основание: клиент прочтёт его в журнале действий"))
    return text


def _record(exemption: DunningExemption, event: str, summary: str, by: Actor) -> None:
    audit.record(
        account=exemption.account,
        user=by.user,
        action=f"exemption.{event}",
        summary=summary,
        details={"exemption_id": exemption.pk, "until": exemption.until.isoformat()},
        address=by.address,
    )
