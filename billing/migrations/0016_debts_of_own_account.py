"""A debt, and the rows that name it, may refer only to rows of their own account: the database refuses others."""

from django.db import migrations

from sipcabinet.lib.rls import TenantReference

REFERENCES = (
    ("debt", "entry_id", "billing_ledgerentry"),
    ("debt", "invoice_id", "billing_invoice"),
    ("debt", "correction_id", "billing_correction"),
    ("debtrestriction", "debt_id", "billing_debt"),
    ("dunningnotice", "debt_id", "billing_debt"),
    ("paymentguarantee", "debt_id", "billing_debt"),
)


class Migration(migrations.Migration):
    dependencies = [("billing", "0015_no_invoice_but_a_debt")]
    operations = [TenantReference(f"billing_{table}", column, to) for table, column, to in REFERENCES]
