"""Money that came or went wrong: a payment moved, cancelled, refunded; a debt written off (4.12).

Only `proposals` and `statement_undo` call these functions: they decide who may. Each is one document with its ledger
entry, inside the caller's transaction, under the ledger's lock of every account concerned; the locks are taken in the
order of the accounts' keys, so two of them never wait for each other. A debit becomes a debt of its own, told by a
letter, with DEBT_NOTICE days to pay and due no earlier than any other debt: what was paid stays paid. A credit fulfils
guarantees and lifts restrictions.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import Account, User
from accounts.services import audit
from billing.models import Adjustment, AdjustmentKind, Debt, EntryKind, Payment
from billing.models.ledger import TAKEN
from billing.selectors import adjustments, balance
from billing.services import debts, ledger, new_debt_letters, payments
from sipcabinet.lib import clock, money
from sipcabinet.lib.constraints import refused
from sipcabinet.lib.errors import DomainError


class MoneyError(DomainError):
    """The change of money is refused."""

    code = "money.refused"


def lock(accounts: Iterable[Account]) -> None:
    """Locks the money of these accounts until the transaction ends, always in the same order."""
    for account in sorted({one.pk: one for one in accounts}.values(), key=lambda one: one.pk):
        ledger.lock(account)


def move(*, payment: Payment, to_account: Account, amount: Decimal, by: Actor) -> Adjustment:
    """Moves `amount` BYN of a payment to another account, where it becomes a payment of the same day.

    Both entries count for the day of the payment: each account then shows the money when the bank received it, and no
    day has it twice. Raises MoneyError: the same account, an impossible amount, more than is left.
    """
    account = payment.account
    if to_account.pk == account.pk:
        raise MoneyError(_("Это тот же лицевой счёт: выберите другой."), code="money.account")
    lock([account, to_account])
    check_amount(amount)
    title = _("Перенос платежа %(what)s на другой лицевой счёт") % {"what": _told(payment)}
    made = _write(AdjustmentKind.MOVE, account, amount, title, by, booked_on=payment.received_on, payment=payment)
    moved = payments.book(
        account=to_account,
        amount=amount,
        received_on=payment.received_on,
        source=payment.source,
        source_key=made.moved_key,
        purpose=payment.purpose,
        reference=payment.reference,
        payer_name=payment.payer_name,
        payer_unp=payment.payer_unp,
        payer_iban=payment.payer_iban,
        statement=payment.statement,
        entered_by=by.user,
        address=by.address,
    )
    if moved is None:
        raise MoneyError(_("Этот перенос уже проведён: обновите страницу."), code="money.known")
    _record(account, "payment.moved", title, made, by, to_payment=moved.pk)
    return made


def reverse(*, payment: Payment, amount: Decimal, booked_on: date, by: Actor) -> Adjustment:
    """Cancels `amount` BYN of a payment that was booked by mistake, or that the bank took back on `booked_on`.

    Raises MoneyError: an impossible amount or day, more than is left.
    """
    lock([payment.account])
    check_amount(amount)
    if not payment.received_on <= booked_on <= clock.today():
        raise MoneyError(_("Отмена не может быть раньше платежа или позже сегодняшнего дня."), code="money.day")
    title = _("Отмена платежа %(what)s") % {"what": _told(payment)}
    told = {"booked_on": booked_on, "payment": payment}
    made = _write(AdjustmentKind.REVERSAL, payment.account, amount, title, by, **told)
    _record(payment.account, "payment.cancelled", title, made, by)
    return made


def refund(
    *,
    account: Account,
    amount: Decimal,
    document_number: str,
    document_date: date,
    by: Actor,
    payment: Payment | None = None,
) -> Adjustment:
    """Returns `amount` BYN of an overpayment by a payment order of the operator's bank; `payment`: what is returned.

    Raises MoneyError: an impossible amount, more than the credit balance or than is left of the payment, no number or
    an impossible day of the payment order, a payment order that is booked already.
    """
    lock([account])
    check_amount(amount)
    _check_document(document_number, document_date, what=_("платёжного поручения"))
    if payment is not None and payment.account_id != account.pk:
        raise MoneyError(_("Этот платёж другого лицевого счёта."), code="money.payment")
    if amount > (now := balance.balance(account)):
        told = {"now": money.show_byn(max(now, balance.ZERO))}
        raise MoneyError(_("Переплата на лицевом счёте %(now)s: больше вернуть нельзя.") % told, code="money.balance")
    title = _("Возврат переплаты, платёжное поручение № %(number)s от %(day)s") % _paper(document_number, document_date)
    paper: dict[str, Any] = {"document_number": document_number, "document_date": document_date}
    made = _write(AdjustmentKind.REFUND, account, amount, title, by, payment=payment, booked_on=document_date, **paper)
    _record(account, "payment.refunded", title, made, by)
    return made


def write_off(*, account: Account, amount: Decimal, document_number: str, document_date: date, by: Actor) -> Adjustment:
    """Writes `amount` BYN of a bad debt off by an order of the operator; counts for today.

    Raises MoneyError: an impossible amount, more than the debt, no number or an impossible day of the order, an order
    by which a debt of this account is written off already.
    """
    lock([account])
    check_amount(amount)
    _check_document(document_number, document_date, what=_("приказа"))
    if amount > (owed := balance.to_pay(account)):
        told = {"owed": money.show_byn(owed)}
        raise MoneyError(_("Долг лицевого счёта %(owed)s: больше списать нельзя.") % told, code="money.debt")
    title = _("Списание долга по приказу № %(number)s от %(day)s") % _paper(document_number, document_date)
    paper: dict[str, Any] = {"document_number": document_number, "document_date": document_date}
    made = _write(AdjustmentKind.WRITE_OFF, account, amount, title, by, booked_on=clock.today(), **paper)
    debts.after_payment(account)
    _record(account, "debt.written_off", title, made, by)
    return made


def check_amount(amount: Decimal) -> None:
    """Raises MoneyError unless the amount is above zero and whole in kopecks."""
    if not amount.is_finite() or amount <= 0 or amount != money.kopecks(amount):
        raise MoneyError(_("Сумма должна быть больше нуля, до копейки."), code="money.amount")


def _check_document(number: str, day: date, *, what: str) -> None:
    if not number.strip():
        raise MoneyError(_("Введите номер %(what)s.") % {"what": what}, code="money.document")
    if day > clock.today():
        raise MoneyError(_("Дата %(what)s ещё не наступила.") % {"what": what}, code="money.document_date")


def _write(kind: AdjustmentKind, account: Account, amount: Decimal, title: str, by: Actor, **told: Any) -> Adjustment:
    """Writes the document with the fields `told`, and its entry; below zero the customer gets the letter about the new
    debt."""
    payment: Payment | None = told.get("payment")
    if payment is not None and amount > (left := adjustments.left(payment)):
        raise _more_than_left(left)
    with refused(_changed_meanwhile, "payment_left"), refused(_paper_known, "adjustment_document_once"):
        made = Adjustment.objects.create(kind=kind, account=account, amount=amount, made_by=_person(by), **told)
    entry = EntryKind(kind.value)
    ledger.book(
        account=account,
        kind=entry,
        amount=-amount if entry in TAKEN else amount,
        booked_on=made.booked_on,
        title=title,
        source_key=made.source_key,
        due_on=_after_every_debt(account),
    )
    if entry in TAKEN:
        new_debt_letters.tell(account=account)
    return made


def _after_every_debt(account: Account) -> date:
    """The due day of a debt that is paid last, so that no document that the account has paid is unpaid again: at least
    DEBT_NOTICE from today."""
    latest = Debt.objects.filter(account=account).aggregate(day=Max("due_on"))["day"]
    notice: date = clock.today() + settings.DEBT_NOTICE
    return max(notice, latest) if latest else notice


def _person(by: Actor) -> User:
    if by.user is None:
        raise MoneyError(_("Деньги меняет только сотрудник."), code="money.person")
    return by.user


def _more_than_left(left: Decimal) -> MoneyError:
    if not left:
        return MoneyError(_("От этого платежа уже ничего не осталось: обновите страницу."), code="money.left")
    told = {"left": money.show_byn(left)}
    return MoneyError(_("От этого платежа осталось %(left)s: больше взять нельзя.") % told, code="money.left")


def _changed_meanwhile() -> MoneyError:
    return MoneyError(_("Платёж только что изменил другой сотрудник: обновите страницу."), code="money.left")


def _paper_known() -> MoneyError:
    return MoneyError(
        _("По документу с этим номером и датой это уже сделано на этом лицевом счёте."), code="money.document"
    )


def _told(payment: Payment) -> str:
    """`№ 362 от 20.11.2026`."""
    number = _("№ %(number)s ") % {"number": payment.reference} if payment.reference else ""
    return number + _("от %(day)s") % {"day": clock.show_date(payment.received_on)}


def _paper(number: str, day: date) -> dict[str, str]:
    return {"number": number, "day": clock.show_date(day)}


def _record(account: Account, action: str, title: str, made: Adjustment, by: Actor, **more: int) -> None:
    audit.record(
        account=account,
        user=by.user,
        action=action,
        summary=f"{title}: {money.show_byn(made.amount)}",
        details={"adjustment_id": made.pk, "payment_id": made.payment_id, **more},
        address=by.address,
    )
