"""The warning to staff while restrictions for debt wait for bank statements (4.8)."""

from datetime import timedelta

from django.db.models import Sum
from django.utils.translation import gettext as _

from billing.models import DebtRestriction, DunningNotice, GuaranteeState, LedgerEntry, PaymentGuarantee
from billing.selectors import exemptions, statement_coverage
from billing.selectors.statement_coverage import Coverage
from sipcabinet.lib import clock


def warning() -> str:
    """Which statements are missing, if a restriction or a guarantee's end due today or earlier may wait for them; else
    empty.

    A fixed number of queries. Counts every account that owes and was warned, even if the debt of the warning is paid.
    """
    yesterday = clock.today() - timedelta(days=1)
    accounts = statement_coverage.of_operator()
    through = statement_coverage.earliest(accounts)
    if (through is not None and through >= yesterday) or not _may_wait():
        return ""
    missing = [_missing(one) for one in accounts if one.through is None or one.through < yesterday]
    return _("Ограничения за долг ждут выписок банка. %(missing)s.") % {
        "missing": "; ".join(missing) or _("Ещё не загружено ни одной")
    }


def _missing(one: Coverage) -> str:
    if one.through is None:
        return _("Счёт %(iban)s: ещё не загружено ни одной") % {"iban": one.iban}
    if one.missing is None:
        return _("Счёт %(iban)s: загружены полностью по %(day)s") % {
            "iban": one.iban,
            "day": clock.show_date(one.through),
        }
    return _("Счёт %(iban)s: загружены полностью по %(day)s, нет выписки за %(missing)s") % {
        "iban": one.iban,
        "day": clock.show_date(one.through),
        "missing": clock.show_date(one.missing),
    }


def _may_wait() -> bool:
    today = clock.today()
    owing = LedgerEntry.objects.values("account").annotate(sum=Sum("amount")).filter(sum__lt=0).values("account")
    barred = DebtRestriction.objects.filter(lifted_at__isnull=True).values("account")
    warned = DunningNotice.objects.filter(restrict_on__lte=today, account__in=owing).exclude(account__in=barred)
    warned = warned.exclude(account__in=exemptions.on(today).values("account"))
    promised = PaymentGuarantee.objects.filter(state=GuaranteeState.ACCEPTED, valid_until__lt=today)
    return warned.order_by().values("pk").union(promised.order_by().values("pk")).exists()
