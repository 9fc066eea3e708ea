"""Pages of changes of money (4.7, 4.12): proposing needs one right, deciding about another's proposal a second one."""

from typing import Any, cast

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from desk.views.money import balances, corrections, payer_refunds, payments, proposals, returns, suspense
from desk.views.money.step import PROPOSE
from sipcabinet.lib import staff

SEE = "billing.view_moneyproposal"


def _add(name: str, path: str, title: Any, view: Any, permission: str = PROPOSE) -> None:
    at = staff.Page("billing", f"desk_{name}", f"money/{path}", title, permission, view)
    cast("staff.Desk", admin.site).add_page(at)


_add("payment_move", "payments/<int:pk>/move/", _("Перенести платёж"), payments.move)
_add("payment_reverse", "payments/<int:pk>/reverse/", _("Отменить платёж"), payments.reverse_)
_add("refund", "accounts/<int:pk>/refund/", _("Вернуть переплату"), balances.refund)
_add("write_off", "accounts/<int:pk>/write-off/", _("Списать долг"), balances.write_off)
_add("correct", "invoices/<int:pk>/correct/", _("Исправить счёт"), corrections.correct)
_add("correct_preview", "invoices/<int:pk>/correct/preview/", _("Проект корректировки"), corrections.preview)
_add("proposals", "proposals/", _("Изменения денег"), proposals.index, SEE)
_add("proposal", "proposals/<int:pk>/", _("Изменение денег"), proposals.one, SEE)
_add("proposal_preview", "proposals/<int:pk>/preview/", _("Проект корректировки"), proposals.preview, SEE)
_add("return", "returns/<int:pk>/", _("Списание банка"), returns.one, "billing.view_paymentreturn")
_add("return_recalled", "returns/<int:pk>/recalled/", _("Платёж отозван банком"), returns.recalled)
_add("return_refunded", "returns/<int:pk>/refunded/", _("Вернули переплату"), returns.refunded)
_add("suspense", "suspense/<int:pk>/", _("Невыясненный платёж"), suspense.one, suspense.DECIDE)
_add("payer_refund", "suspense/<int:pk>/return/", _("Вернуть плательщику"), payer_refunds.refund, suspense.DECIDE)
_add(
    "payer_refund_one", "paybacks/<int:pk>/", _("Возврат плательщику"), payer_refunds.one, "billing.view_suspenserefund"
)
