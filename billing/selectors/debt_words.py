"""How letters and pages name a debt's document: each kind has its own words in Russian (4.8)."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import Debt, EntryKind
from sipcabinet.lib import clock, money

ELSEWHERE = " на другой лицевой счёт"  # the end of the title of a moved payment
_NOUNS = {  # the first word of the entry's title, after «после»
    EntryKind.MOVE: gettext_lazy("после переноса"),
    EntryKind.REVERSAL: gettext_lazy("после отмены"),
    EntryKind.REFUND: gettext_lazy("после возврата"),
}


@dataclass(frozen=True, slots=True)
class DebtWords:
    """Parts of sentences about one debt; they start with a small letter."""

    debt: Debt

    @property
    def what(self) -> str:
        """Nominative: `счёт № 000012`; also the object of «оплатите», except for corrections: see `whom`."""
        return self._one_of(_("счёт № %(number)s"), _("корректировка № %(number)s"), _("задолженность %(since)s"))

    @property
    def whom(self) -> str:
        """The object of «оплатите» (accusative)."""
        return self._one_of(_("счёт № %(number)s"), _("корректировку № %(number)s"), _("задолженность %(since)s"))

    @property
    def of_what(self) -> str:
        """The words after «срок оплаты» (genitive)."""
        return self._one_of(_("счёта № %(number)s"), _("корректировки № %(number)s"), _("задолженности %(since)s"))

    @property
    def by_what(self) -> str:
        """The words after «долг»: `по счёту № 000012`."""
        return self._one_of(
            _("по счёту № %(number)s"), _("по корректировке № %(number)s"), self._after or _("по состоянию на %(day)s")
        )

    @property
    def not_paid(self) -> str:
        """`не оплачен счёт № 000012`."""
        return self._one_of(
            _("не оплачен счёт № %(number)s"),
            _("не оплачена корректировка № %(number)s"),
            _("не оплачена задолженность %(since)s"),
        )

    @property
    def late(self) -> str:
        """`счёт № 000012 не оплачен в срок`."""
        return self._one_of(
            _("счёт № %(number)s не оплачен в срок"),
            _("корректировка № %(number)s не оплачена в срок"),
            _("задолженность %(since)s не оплачена в срок"),
        )

    @property
    def paid_in_full(self) -> str:
        """`счёт № 000012 оплачен полностью`."""
        return self._one_of(
            _("счёт № %(number)s оплачен полностью"),
            _("корректировка № %(number)s оплачена полностью"),
            _("задолженность %(since)s оплачена полностью"),
        )

    @property
    def purpose(self) -> str:
        """назначение платежа: contains the account's number, by which the payment finds its account (4.6)."""
        if self.debt.is_invoice:
            return str(self.debt.invoice.purpose)  # type: ignore[union-attr]
        if self.debt.correction is not None:
            return self._purpose_of_correction()
        return _("Оплата %(what)s, лицевой счёт %(account)s, договор № %(contract)s от %(signed)s") % {
            "what": self.of_what,
            **self._account(),
        }

    @property
    def why(self) -> str:
        """A sentence about why the debt came, for a payment that was taken off the account again; else empty."""
        kind = EntryKind(self.debt.entry.kind)
        if kind is EntryKind.MOVE:
            return _("Платёж был зачислен на ваш лицевой счёт по ошибке и перенесён на другой.")
        if kind is EntryKind.REVERSAL:
            return _("Платёж отменён: деньги по нему не поступили или отозваны.")
        return ""

    @property
    def _after(self) -> str:
        """`после переноса платежа № 362 от 20.11.2026`: the entry's title in the genitive; empty for a debt that no
        adjustment made (4.12)."""
        noun = _NOUNS.get(EntryKind(self.debt.entry.kind))
        return f"{noun} {self.debt.entry.title.partition(' ')[2].removesuffix(ELSEWHERE)}" if noun else ""

    @property
    def _since(self) -> str:
        return self._after or _("на %(day)s") % {"day": clock.show_date(self.debt.entry.booked_on)}

    def _purpose_of_correction(self) -> str:
        correction = self.debt.correction
        assert correction is not None  # noqa: S101 - asked before
        return _(
            "Оплата услуг связи по корректировке № %(number)s от %(day)s к счёту № %(invoice)s, "
            "лицевой счёт %(account)s, договор № %(contract)s от %(signed)s. НДС %(percent)s %%"
        ) % {
            "number": correction.number,
            "day": clock.show_date(correction.issued_on),
            "invoice": correction.invoice.number,
            "percent": money.show_percent(correction.invoice.vat_percent),
            **self._account(),
        }

    def _account(self) -> dict[str, str]:
        account = self.debt.account
        return {
            "account": account.number,
            "contract": account.contract_number,
            "signed": clock.show_date(account.contract_date),
        }

    def _one_of(self, invoice: str, correction: str, other: str) -> str:
        kind = EntryKind(self.debt.entry.kind)
        if kind is EntryKind.INVOICE and self.debt.invoice is not None:
            return invoice % {"number": self.debt.invoice.number}
        if kind is EntryKind.CORRECTION and self.debt.correction is not None:
            return correction % {"number": self.debt.correction.number}
        return other % {"day": clock.show_date(self.debt.entry.booked_on), "since": self._since}
