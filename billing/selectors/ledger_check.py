"""Compares every sum of money that is stored twice: the two must always be equal (2.1, «Money»).

Each check is one statement, so it sees one moment; it returns (what, id, account id, expected, found) for every
difference. The banks' chain of balances is checked by `statement_chain`; calls counted twice are found by
`subscribers.selectors.doubled_calls`.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from billing.selectors import statement_chain
from sipcabinet.lib import clock
from sipcabinet.lib.periods import Month
from subscribers.selectors import doubled_calls

_FACTS = """
    SELECT account_id, 'payment' AS kind, amount, 'payment:' || id AS source_key FROM billing_payment
    UNION ALL SELECT account_id, 'invoice', -total, 'invoice:' || id FROM billing_invoice
    UNION ALL SELECT account_id, 'correct', -total, 'correction:' || id FROM billing_correction
    UNION ALL SELECT account_id, kind, CASE kind WHEN 'writeoff' THEN amount ELSE -amount END, 'adjustment:' || id
    FROM billing_adjustment
"""
CHECKS = {
    # The balance of an account: from its documents and from the ledger.
    "balance": f"""
        WITH facts AS (
            SELECT account_id, sum(amount) AS amount FROM (
                SELECT account_id, amount FROM billing_ledgerentry WHERE kind = 'opening'
                UNION ALL SELECT account_id, amount FROM ({_FACTS}) AS f
            ) AS every_one GROUP BY account_id),
        booked AS (SELECT account_id, sum(amount) AS amount FROM billing_ledgerentry GROUP BY account_id)
        SELECT account_id, account_id, coalesce(facts.amount, 0), coalesce(booked.amount, 0)
        FROM facts FULL JOIN booked USING (account_id)
        WHERE coalesce(facts.amount, 0) <> coalesce(booked.amount, 0) ORDER BY account_id""",  # noqa: S608 - all of it stands here
    # Each payment, invoice, correction and adjustment has an equal ledger entry; no entry lacks its document.
    "entry": f"""
        WITH facts AS ({_FACTS}), booked AS (SELECT * FROM billing_ledgerentry WHERE kind <> 'opening')
        SELECT coalesce(booked.source_key, facts.source_key), coalesce(facts.account_id, booked.account_id),
               coalesce(facts.amount, 0), coalesce(booked.amount, 0)
        FROM facts FULL JOIN booked USING (source_key)
        WHERE (facts.account_id, facts.kind, facts.amount)
              IS DISTINCT FROM (booked.account_id, booked.kind, booked.amount) ORDER BY 1""",  # noqa: S608 - all of it stands here
    # Each entry below zero has an equal debt; no debt lacks its entry.
    "debt": """
        WITH booked AS (SELECT id, account_id, source_key, -amount AS amount FROM billing_ledgerentry WHERE amount < 0)
        SELECT coalesce(booked.source_key, 'debt:' || debt.id), coalesce(booked.account_id, debt.account_id),
               coalesce(booked.amount, 0), coalesce(debt.amount, 0)
        FROM booked FULL JOIN billing_debt AS debt ON debt.entry_id = booked.id
        WHERE (booked.account_id, booked.amount) IS DISTINCT FROM (debt.account_id, debt.amount) ORDER BY 1""",
    # The due day of an invoice and of its debt, as days since 2000.
    "due day": """
        SELECT invoice.id, invoice.account_id, invoice.due_on - DATE '2000-01-01', debt.due_on - DATE '2000-01-01'
        FROM billing_invoice AS invoice JOIN billing_debt AS debt ON debt.invoice_id = invoice.id
        WHERE debt.correction_id IS NULL AND debt.due_on <> invoice.due_on ORDER BY invoice.id""",
    # The charges of a month and their invoice: net and VAT.
    "charges": """
        SELECT invoice.id, invoice.account_id, invoice.net + invoice.vat, coalesce(sum(charge.net + charge.vat), 0)
        FROM billing_invoice AS invoice LEFT JOIN subscribers_charge AS charge USING (closing_id)
        GROUP BY invoice.id
        HAVING (coalesce(sum(charge.net), 0), coalesce(sum(charge.vat), 0)) <> (invoice.net, invoice.vat)
        ORDER BY invoice.id""",
    # Frozen charges of a month that are on no invoice.
    "unbilled": """
        SELECT closing.id, closing.account_id, sum(charge.net + charge.vat), 0
        FROM subscribers_accountmonth AS closing JOIN subscribers_charge AS charge ON charge.closing_id = closing.id
        WHERE NOT EXISTS (SELECT FROM billing_invoice WHERE closing_id = closing.id)
        GROUP BY closing.id ORDER BY closing.id""",
    # Each invoice and its act.
    "act": """
        SELECT invoice.id, invoice.account_id, invoice.total, coalesce(act.total, 0)
        FROM billing_invoice AS invoice LEFT JOIN billing_serviceact AS act ON act.invoice_id = invoice.id
        WHERE (act.net, act.vat) IS DISTINCT FROM (invoice.net, invoice.vat) ORDER BY invoice.id""",
    # Each correction and its lines.
    "correction": """
        SELECT c.id, c.account_id, c.total, coalesce(sum(line.net + line.vat), 0)
        FROM billing_correction AS c LEFT JOIN billing_correctionline AS line ON line.correction_id = c.id
        GROUP BY c.id HAVING (coalesce(sum(line.net), 0), coalesce(sum(line.vat), 0)) <> (c.net, c.vat)
        ORDER BY c.id""",
    # Numbers of documents: the counter equals the greatest number and the count of documents.
    "numbers": """
        SELECT kind, NULL, coalesce(counter.last, 0), documents.count
        FROM (SELECT 'invoice' AS kind, count(*), coalesce(max(serial), 0) AS last FROM billing_invoice
              UNION ALL SELECT 'act', count(*), coalesce(max(serial), 0) FROM billing_serviceact
              UNION ALL SELECT 'correct', count(*), coalesce(max(serial), 0) FROM billing_correction) AS documents
        LEFT JOIN billing_documentcounter AS counter USING (kind)
        WHERE coalesce(counter.last, 0) <> documents.last OR documents.last <> documents.count""",
    # A resolved credit has an equal payment, unless it is `is_same`, `is_returned` or `is_undone`; a waiting one has
    # none.
    "suspense": """
        SELECT waited.id, payment.account_id, waited.amount, coalesce(payment.amount, 0)
        FROM billing_suspensepayment AS waited LEFT JOIN billing_payment AS payment ON payment.suspense_id = waited.id
        WHERE (waited.resolved_at IS NULL OR waited.is_same OR waited.is_returned OR waited.is_undone)
              <> (payment.id IS NULL)
           OR (payment.amount, payment.source_key) <> (waited.amount, waited.source_key) ORDER BY waited.id""",
    # A credit that went back to its payer has one carried out return of its sum, and the other way round.
    "paid back": """
        SELECT waited.id, NULL, CASE WHEN waited.is_returned THEN waited.amount ELSE 0 END,
               coalesce(sum(back.amount), 0)
        FROM billing_suspensepayment AS waited
        LEFT JOIN billing_suspenserefund AS back ON back.suspense_id = waited.id AND back.state = 'done'
        WHERE waited.is_returned OR back.id IS NOT NULL
        GROUP BY waited.id HAVING NOT waited.is_returned OR coalesce(sum(back.amount), 0) <> waited.amount
        ORDER BY waited.id""",
    # The counts of a statement and its rows: payments and credits in suspense.
    "statement": """
        SELECT id, NULL, booked + suspended,
               (SELECT count(*) FROM billing_payment
                WHERE statement_id = s.id AND suspense_id IS NULL AND source_key NOT LIKE 'moved:%')
               + (SELECT count(*) FROM billing_suspensepayment WHERE statement_id = s.id)
        FROM billing_statementimport AS s
        WHERE credits <> booked + duplicate + suspended OR booked + suspended <>
              (SELECT count(*) FROM billing_payment
               WHERE statement_id = s.id AND suspense_id IS NULL AND source_key NOT LIKE 'moved:%')
              + (SELECT count(*) FROM billing_suspensepayment WHERE statement_id = s.id) ORDER BY id""",
    # What was moved, cancelled and refunded of a payment is never more than the payment.
    "left": """
        SELECT payment.source_key, payment.account_id, payment.amount, sum(one.amount)
        FROM billing_payment AS payment JOIN billing_adjustment AS one ON one.payment_id = payment.id
        GROUP BY payment.id
        HAVING sum(one.amount) > payment.amount OR bool_or(one.account_id <> payment.account_id) ORDER BY 1""",
    # A moved sum is one payment of another account, of the same day; no payment is moved without its document.
    "moved": """
        SELECT coalesce(arrived.source_key, 'adjustment:' || one.id), coalesce(one.account_id, arrived.account_id),
               coalesce(one.amount, 0), coalesce(arrived.amount, 0)
        FROM (SELECT one.*, payment.received_on FROM billing_adjustment AS one
              JOIN billing_payment AS payment ON payment.id = one.payment_id WHERE one.kind = 'move') AS one
        FULL JOIN (SELECT * FROM billing_payment WHERE source_key LIKE 'moved:%') AS arrived
             ON arrived.source_key = 'moved:' || one.id
        WHERE (one.amount, one.received_on) IS DISTINCT FROM (arrived.amount, arrived.received_on)
           OR one.account_id = arrived.account_id ORDER BY 1""",
    # Each adjustment was proposed, by the terms that it has, above the limit another person decided; or it belongs to
    # an undone statement.
    "proposal": """
        SELECT coalesce('adjustment:' || one.id, 'proposal:' || told.id), coalesce(one.account_id, told.account_id),
               coalesce(told.amount, 0), coalesce(one.amount, 0)
        FROM billing_adjustment AS one
        FULL JOIN (SELECT * FROM billing_moneyproposal WHERE state = 'done' AND kind <> 'correct') AS told
             ON told.adjustment_id = one.id
        WHERE (told.id IS NOT NULL OR NOT EXISTS (
            SELECT FROM billing_payment AS payment JOIN billing_statementimport AS s ON s.id = payment.statement_id
            WHERE payment.id = one.payment_id AND s.undone_by_id = one.made_by_id AND one.kind = 'reversal'))
          AND ( (one.account_id, one.kind, one.amount, one.payment_id)
              IS DISTINCT FROM (told.account_id, told.kind, told.amount, told.payment_id)
           OR (told.counted > told.most_alone) <> (told.decided_by_id <> told.proposed_by_id)
           OR one.made_by_id <> told.decided_by_id) ORDER BY 1""",
    # A debit of the bank that staff settled has the sum of the cancelled payment, or of the refund, that it is.
    "returned": """
        SELECT debit.source_key, one.account_id, debit.amount, one.amount
        FROM billing_paymentreturn AS debit JOIN billing_adjustment AS one ON one.id = debit.adjustment_id
        WHERE debit.amount <> one.amount
           OR debit.outcome <> CASE one.kind WHEN 'reversal' THEN 'recalled' WHEN 'refund' THEN 'refunded' END
        ORDER BY 1""",
    # A credit with `is_same` has the sum of the payment, or of the other waiting credit, that it looks like.
    "same": """
        SELECT waited.id, payment.account_id, waited.amount, coalesce(payment.amount, other.amount, 0)
        FROM billing_suspensepayment AS waited
        LEFT JOIN billing_payment AS payment ON payment.source_key = waited.resembles
        LEFT JOIN billing_suspensepayment AS other ON other.source_key = waited.resembles
        WHERE waited.is_same AND waited.amount IS DISTINCT FROM coalesce(payment.amount, other.amount)
        ORDER BY waited.id""",
    # Each payment of an undone statement is cancelled as a whole, and its credits in suspense are settled.
    "undone": """
        SELECT payment.source_key, payment.account_id, payment.amount, coalesce(sum(one.amount), 0)
        FROM billing_payment AS payment JOIN billing_statementimport AS s ON s.id = payment.statement_id
        LEFT JOIN billing_adjustment AS one ON one.payment_id = payment.id AND one.kind = 'reversal'
        WHERE s.undone_at IS NOT NULL
        GROUP BY payment.id HAVING coalesce(sum(one.amount), 0) <> payment.amount
        UNION ALL SELECT waited.source_key, NULL, waited.amount, 0
        FROM billing_suspensepayment AS waited LEFT JOIN billing_statementimport AS s ON s.id = waited.statement_id
        WHERE (s.undone_at IS NOT NULL) <> waited.is_undone ORDER BY 1""",
    # The documents of a statement add up to its closing balance less its opening balance.
    "lines": """
        SELECT s.id, NULL, s.closing - s.opening, sum(line.amount)
        FROM billing_statementimport AS s JOIN billing_statementline AS line ON line.statement_id = s.id
        GROUP BY s.id HAVING sum(line.amount) <> s.closing - s.opening ORDER BY s.id""",
    # The credits of a statement by its balances, and the rows for them: payments and credits in suspense.
    "credits": """
        SELECT s.id, NULL, s.closing - s.opening - coalesce(told.debit, 0), coalesce(told.credit, 0)
        FROM billing_statementimport AS s JOIN (
            SELECT line.statement_id, sum(line.amount) FILTER (WHERE line.amount < 0) AS debit,
                   sum(coalesce(payment.amount, waited.amount, 0)) FILTER (WHERE line.amount > 0) AS credit
            FROM billing_statementline AS line
            LEFT JOIN billing_payment AS payment ON payment.source_key = line.source_key
            LEFT JOIN billing_suspensepayment AS waited ON waited.source_key = line.source_key
            GROUP BY line.statement_id) AS told ON told.statement_id = s.id
        WHERE s.closing - s.opening - coalesce(told.debit, 0) <> coalesce(told.credit, 0) ORDER BY s.id""",
}
CHAIN = ("gap", "overlap")  # of the balances of a bank account, by day
DOUBLED = "doubled call"
NAMES = (*CHECKS, *CHAIN, DOUBLED)
DOUBLED_MONTHS = 3  # the current month and two before it: reading older calls every night is too much


@dataclass(frozen=True, slots=True)
class Difference:
    """Two values that should be equal and are not. `check` is the name of the check, one of NAMES.

    `what` says where: a row's id or source key, a kind of document numbers, the IBAN and day of a chain, or the
    switch's id of a call. `expected` and `found` are BYN. The checks «numbers» and «statement» compare counts instead.
    A doubled call has `expected` 0, and `found` is the cost of its records beyond one (net BYN).
    """

    check: str
    what: str
    account_id: int | None
    expected: Decimal
    found: Decimal


def differences() -> list[Difference]:
    """Differences over all accounts, for the operator; normally an empty list. One query per check, 3 for the chain and
    3 for doubled calls."""
    found = []
    with connection.cursor() as cursor:
        for check, sql in CHECKS.items():
            cursor.execute(sql)
            found += [
                Difference(check, str(what), account_id, Decimal(expected), Decimal(told))
                for what, account_id, expected, told in cursor.fetchall()
            ]
    found += [
        Difference(one.kind, f"{one.iban} {clock.show_date(one.day)}", None, one.expected, one.found)
        for one in statement_chain.breaks()
    ]
    return found + _doubled()


def _doubled() -> list[Difference]:
    calls = doubled_calls.every(since=Month.current().shift(1 - DOUBLED_MONTHS))
    return [Difference(DOUBLED, call.call_id, call.account_id, Decimal(0), call.extra) for call in calls]
