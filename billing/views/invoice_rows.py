"""The rows of «Счета» as HTML (2.3): a row is one text with its values, as in `subscribers/call_rows.py`."""

from collections.abc import Iterable
from html import escape

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from billing.models import InvoiceFileKind
from billing.selectors.corrected import Corrected
from billing.selectors.invoices import InvoiceView
from billing.views.numbered import Address
from sipcabinet.lib import clock, money
from sipcabinet.lib.icons import icon


def html(views: Iterable[InvoiceView], form_token: str) -> SafeString:
    """The rows of issued invoices. Everything that an invoice holds is escaped. `form_token`: the CSRF token of the
    page."""
    row = _Row(form_token)
    return SafeString("".join([row.of(view) for view in views]))


class _Row:
    """What all rows of a page share."""

    def __init__(self, form_token: str) -> None:
        self._invoice, self._correction = Address("billing:invoice"), Address("billing:correction_file")
        self._files = [
            Address("billing:invoice_file", kind.value)
            for kind in (InvoiceFileKind.INVOICE, InvoiceFileKind.ACT, InvoiceFileKind.CHARGES)
        ]
        self._email = Address("billing:invoice_email")
        self._left = escape(_("осталось"))
        self._row = _ROW.format(
            number=escape(_("Счёт")),
            of=escape(_("от")),
            sum=escape(_("Сумма, BYN")),
            state=escape(_("Состояние")),
            documents=escape(_("Документы")),
            act=escape(_("Акт")),
            charges=escape(_("Начисления по номерам")),
            order=escape(_("Заказать счёт на E-mail")),
            mail=escape(_("На E-mail")),
            download_icon=icon("download"),
            mail_icon=icon("mail"),
            token=escape(form_token),
        )

    def of(self, view: InvoiceView) -> str:
        number, month = view.invoice.number, view.month.label
        of_month = escape(_("за %(month)s") % {"month": month})
        invoice, act, charges = (file.of(number) for file in self._files)
        return self._row % (
            self._invoice.of(number),
            escape(month),
            escape(number),
            escape(clock.show_date(view.invoice.issued_on)),
            self._sum(view),
            f"badge {view.tone}".rstrip(),
            escape(view.label),
            *(invoice, of_month, act, of_month, charges, of_month),
            self._email.of(number),
            of_month,
        )

    def _sum(self, view: InvoiceView) -> str:
        corrected, unpaid = view.corrected, view.corrected_unpaid
        shown = money.show(view.total)
        if corrected:
            shown += f'\n<div class="muted small">{self._after(corrected)}</div>'
        if unpaid and unpaid != view.corrected_total:
            shown += f'\n<div class="muted small nw">{self._left} {money.show(unpaid)}</div>'
        return shown

    def _after(self, corrected: Corrected) -> str:
        """As `billing/corrected.html`."""
        words = _("после корректировки") if len(corrected.numbers) == 1 else _("после корректировок")
        links = ",".join(
            f'\n<a class="nw" href="{self._correction.of(number)}" download>№ {escape(number)}</a>'
            for number in corrected.numbers
        )
        return f'{escape(words)}\n{links}:\n<span class="nw">{money.show(corrected.total)}</span>'


_ROW = """<tr>
<th scope="row" class="nw">
<a href="%s">%s</a>
</th>
<td data-l="{number}" data-role="plain">
<div>
№ %s
<div class="muted small nw">{of} %s</div>
</div>
</td>
<td class="num" data-l="{sum}" data-role="end">
<div>
%s
</div>
</td>
<td data-l="{state}" data-role="result"><span class="%s">%s</span></td>
<td data-l="{documents}" data-role="actions">
<div class="btns">
<a class="btn sec sm" href="%s" aria-label="{number} %s, PDF" download>{download_icon}{number}</a>
<a class="btn sec sm" href="%s" aria-label="{act} %s, PDF" download>{act}</a>
<a class="btn sec sm" href="%s" aria-label="{charges} %s, XLSX" download>XLSX</a>
<form method="post" action="%s">
<input type="hidden" name="csrfmiddlewaretoken" value="{token}">
<button class="btn sec sm" aria-label="{order} %s">{mail_icon}{mail}</button>
</form>
</div>
</td>
</tr>
"""
