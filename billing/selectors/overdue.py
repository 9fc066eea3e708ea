"""What all customers owe past the due days (4.2): the sum over all accounts, which no page can count one by one.

The answer is that of `debts.settle`: credits pay the oldest due day first, so the unpaid sum of an account falls on its
documents that are due last, and what exceeds those that are not due yet is overdue. A correction downwards reduces the
documents of its invoice that were issued before it, the latest first; of an invoice, those due later are issued later.
"""

# Parameter `today`. One row: `sum` (BYN, as text), `accounts` (how many owe it).
OVERDUE = """
WITH balances AS (
    SELECT account_id, sum(amount) AS balance FROM billing_ledgerentry GROUP BY account_id HAVING sum(amount) < 0
), coming AS (
    SELECT d.account_id, d.invoice_id, coalesce(c.serial, 0) AS serial, d.amount
    FROM billing_debt d LEFT JOIN billing_correction c ON c.id = d.correction_id
    WHERE d.due_on >= %(today)s
), steps AS (
    SELECT account_id, invoice_id, serial, amount FROM coming WHERE invoice_id IS NOT NULL
    UNION ALL
    SELECT c.account_id, c.invoice_id, c.serial, c.total FROM billing_correction c
    JOIN (SELECT invoice_id, min(serial) AS serial FROM coming GROUP BY invoice_id) first USING (invoice_id)
    WHERE c.total < 0 AND c.serial > first.serial
), running AS (
    SELECT account_id, invoice_id, sum(amount) OVER (PARTITION BY invoice_id ORDER BY serial) AS so_far,
        sum(amount) OVER (PARTITION BY invoice_id) AS total
    FROM steps
), later AS (
    SELECT account_id, sum(amount) AS amount FROM (
        SELECT account_id, max(total) - least(0, min(so_far)) AS amount FROM running GROUP BY account_id, invoice_id
        UNION ALL
        SELECT account_id, amount FROM coming WHERE invoice_id IS NULL
    ) documents GROUP BY account_id
)
SELECT coalesce(sum(overdue), 0)::text AS sum, count(*) AS accounts
FROM (
    SELECT -b.balance - coalesce(l.amount, 0) AS overdue FROM balances b LEFT JOIN later l USING (account_id)
) owing WHERE overdue > 0
"""
