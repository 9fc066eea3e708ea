"""Documents, money and letters may refer only to rows of their own account: the database refuses anything else."""

from django.db import migrations

from sipcabinet.lib.rls import OwnLogin, TenantReference

REFERENCES = (
    ("correction", "invoice_id", "billing_invoice"),
    ("correctionline", "correction_id", "billing_correction"),
    ("correctionline", "charge_id", "subscribers_charge"),
    ("debtrestriction", "invoice_id", "billing_invoice"),
    ("document", "order_id", "billing_documentorder"),
    ("dunningnotice", "invoice_id", "billing_invoice"),
    ("dunningnotice", "letter_id", "notifications_letter"),
    ("invoice", "closing_id", "subscribers_accountmonth"),
    ("invoicemailing", "invoice_id", "billing_invoice"),
    ("issuedfile", "invoice_id", "billing_invoice"),
    ("mailingletter", "mailing_id", "billing_invoicemailing"),
    ("mailingletter", "letter_id", "notifications_letter"),
    ("orderletter", "order_id", "billing_documentorder"),
    ("orderletter", "letter_id", "notifications_letter"),
    ("paymentguarantee", "invoice_id", "billing_invoice"),
    ("restrictedsubscriber", "restriction_id", "billing_debtrestriction"),
    ("restrictedsubscriber", "subscriber_id", "subscribers_subscriber"),
    ("serviceact", "invoice_id", "billing_invoice"),
)


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0007_tenant_proof"),
        ("notifications", "0004_references_of_own_account"),
        ("subscribers", "0012_references_of_own_account"),
    ]
    operations = [
        *(TenantReference(f"billing_{table}", column, to) for table, column, to in REFERENCES),
        OwnLogin("billing_documentorder", "ordered_by_id"),
        OwnLogin("billing_paymentguarantee", "requested_by_id"),
        OwnLogin("billing_paymentguarantee", "decided_by_id"),
    ]
