"""корректировка: corrects an error of an issued invoice; the invoice itself never changes (4.7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import audit
from billing.models import Correction, CorrectionLine, CounterKind, EntryKind, Invoice
from billing.selectors import corrections
from billing.services import counters, debts, ledger, new_debt_letters
from operator_profile.selectors import requisites
from sipcabinet.lib import clock, money
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.money import Taxed
from subscribers.models import Charge

log = structlog.get_logger(__name__)
ZERO = Decimal("0.00")
REASON_LENGTH = 300


class CorrectionError(DomainError):
    """The correction is refused."""

    code = "correction.refused"


@dataclass(frozen=True, slots=True)
class _Mended:
    """What a correction adds to a charge, BYN."""

    charge: Charge
    net: Decimal
    vat: Decimal


def issue(
    *,
    invoice: Invoice,
    changes: Sequence[tuple[Charge, Decimal]],
    reason: str,
    staff: User | None = None,
    address: str | None = None,
) -> Correction:
    """Issues a correction: `changes` gives each charge the net it should have, BYN; VAT at the invoice's rate is
    rounded per charge.

    Earlier corrections are taken into account. A correction upwards is a separate debt, reported by a letter. Locks the
    account's money, then the counter. Raises CorrectionError: no reason, no change, a charge of another invoice or
    listed twice, an impossible net; then nothing is written.
    """
    _check(invoice, changes, reason)
    with transaction.atomic():
        ledger.lock(invoice.account)
        mended = _mended(invoice, changes)
        correction = _write(invoice, mended, reason.strip(), staff)
        ledger.book(
            account=invoice.account,
            kind=EntryKind.CORRECTION,
            amount=-correction.total,
            booked_on=correction.issued_on,
            title=_("Корректировка № %(number)s к счёту № %(invoice)s") % _names(correction),
            source_key=f"correction:{correction.pk}",
            invoice=invoice,
            correction=correction,
        )
        if correction.total < 0:
            debts.after_payment(invoice.account)
        new_debt_letters.tell(account=invoice.account)
        _record(correction, staff, address)
    return correction


def _check(invoice: Invoice, changes: Sequence[tuple[Charge, Decimal]], reason: str) -> None:
    if not reason.strip():
        raise CorrectionError(_("Укажите основание корректировки."), code="correction.no_reason")
    if len(reason.strip()) > REASON_LENGTH:
        raise CorrectionError(_("Основание длиннее 300 знаков."), code="correction.long_reason")
    if not changes:
        raise CorrectionError(_("Измените хотя бы одно начисление."), code="correction.nothing")
    if len({charge.pk for charge, _net in changes}) != len(changes):
        raise CorrectionError(_("Начисление указано дважды."), code="correction.twice")
    for charge, net in changes:
        if charge.closing_id != invoice.closing_id:
            raise CorrectionError(_("Начисление относится к другому счёту."), code="correction.foreign")
        if not net.is_finite() or net < 0 or net != money.kopecks(net):
            message = _("Сумма без НДС должна быть не меньше нуля и в целых копейках: %(name)s")
            raise CorrectionError(message % {"name": charge.name}, code="correction.amount")


def _mended(invoice: Invoice, changes: Sequence[tuple[Charge, Decimal]]) -> list[_Mended]:
    before = corrections.added([charge for charge, _net in changes])
    return [_difference(invoice, charge, net, before[charge.pk]) for charge, net in changes]


def _difference(invoice: Invoice, charge: Charge, net: Decimal, before: tuple[Decimal, Decimal]) -> _Mended:
    now = Taxed.rounded(net, invoice.vat_percent)
    mended = _Mended(charge, now.net - charge.net - before[0], now.vat - charge.vat - before[1])
    if not mended.net:
        message = _("Сумма не отличается от начисленной: %(name)s")
        raise CorrectionError(message % {"name": charge.name}, code="correction.no_difference")
    return mended


def _write(invoice: Invoice, mended: Sequence[_Mended], reason: str, staff: User | None) -> Correction:
    whole = Taxed.sum_of(mended)
    serial = counters.take(CounterKind.CORRECTION)
    correction = Correction.objects.create(
        account=invoice.account,
        invoice=invoice,
        serial=serial,
        number=counters.shown(serial),
        issued_on=(today := clock.today()),
        supplier=requisites.party(today),
        reason=reason,
        issued_by=staff,
        net=whole.net,
        vat=whole.vat,
        total=whole.gross,
    )
    CorrectionLine.objects.bulk_create(
        CorrectionLine(
            account_id=invoice.account_id, correction=correction, charge=one.charge, net=one.net, vat=one.vat
        )
        for one in mended
    )
    return correction


def _record(correction: Correction, staff: User | None, address: str | None) -> None:
    audit.record(
        account=correction.account,
        user=staff,
        action="invoice.corrected",
        summary=_("Корректировка № %(number)s к счёту № %(invoice)s") % _names(correction),
        details={"correction_id": correction.pk, "invoice_id": correction.invoice_id},
        address=address,
    )
    # Not before the commit: a review issues a correction and takes it back.
    told = {"correction_id": correction.pk, "invoice_id": correction.invoice_id}
    transaction.on_commit(lambda: log.info("invoice.corrected", **told))


def _names(correction: Correction) -> dict[str, str]:
    return {"number": correction.number, "invoice": correction.invoice.number}
