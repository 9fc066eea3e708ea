"""Fulfils accepted guarantees when payments arrive (2.2.3)."""

from django.utils.translation import gettext as _

from accounts.models import Account
from accounts.services import audit
from billing.models import GuaranteeState, PaymentGuarantee
from billing.selectors import guarantees
from billing.services import guarantee_letters
from sipcabinet.lib import clock, money, tenancy


def fulfil(*, account: Account) -> PaymentGuarantee | None:
    """Ends the account's accepted guarantee as «исполнено», with a letter, if no part of it remains to be paid.

    Call it under the ledger's lock, inside the caller's transaction. A payment fulfils a guarantee even after its last
    day, as long as the guarantee is not expired yet.
    """
    rows = tenancy.of(account).rows(PaymentGuarantee).select_related(*guarantees.OF_DEBT)
    guarantee = rows.filter(state=GuaranteeState.ACCEPTED).first()
    if guarantee is None or guarantees.short_of(guarantee) > 0:
        return None
    mine = PaymentGuarantee.objects.filter(pk=guarantee.pk, state=GuaranteeState.ACCEPTED)
    if not mine.update(state=GuaranteeState.FULFILLED, ended_at=clock.now()):
        return None
    guarantee.refresh_from_db()
    audit.record(
        account=account,
        action="guarantee.fulfilled",
        summary=_("Обязательство %(number)s исполнено, %(amount)s")
        % {"number": guarantee.number, "amount": money.show_byn(guarantee.amount)},
        details={"guarantee_id": guarantee.pk},
    )
    guarantee_letters.fulfilled(guarantee)
    return guarantee
