"""Database rights to money. Booked or issued rows never change: by grants, and by triggers for the owner as well.

A customer's page may request a guarantee, choose the delivery of invoices, and store a file of an issued invoice.
"""

from django.conf import settings
from django.db import migrations

from sipcabinet.lib.rls import AppendOnly, SharedTable, TenantTable

NUMBERS = f"""
CREATE SEQUENCE billing_guarantee_number_seq;
GRANT USAGE ON SEQUENCE billing_guarantee_number_seq TO {settings.DATABASE_ROLE}, {settings.PORTAL_ROLE};
"""
# The charges of an issued invoice are complete: one more charge would make its total wrong.
COMPLETE = """
CREATE FUNCTION billing_refuse_late_charge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM billing_invoice WHERE closing_id = NEW.closing_id) THEN
        RAISE EXCEPTION 'the invoice of these charges is issued' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER charges_are_complete BEFORE INSERT ON subscribers_charge
    FOR EACH ROW EXECUTE FUNCTION billing_refuse_late_charge();
"""
INCOMPLETE = """
DROP TRIGGER charges_are_complete ON subscribers_charge;
DROP FUNCTION billing_refuse_late_charge();
"""
# A customer requests a guarantee; only the operator decides.
ASKS = f"""
CREATE POLICY portal_only_asks ON billing_paymentguarantee AS RESTRICTIVE FOR INSERT TO {settings.PORTAL_ROLE}
    WITH CHECK (state = 'pending' AND decided_at IS NULL AND valid_until IS NULL);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0003_money"),
        ("accounts", "0002_roles"),
        ("subscribers", "0009_grants_of_charges"),
    ]
    operations = [
        migrations.RunSQL(NUMBERS, "DROP SEQUENCE billing_guarantee_number_seq"),
        TenantTable("billing_ledgerentry", app="SELECT, INSERT"),
        TenantTable("billing_payment", app="SELECT, INSERT"),
        TenantTable("billing_invoice", app="SELECT, INSERT"),
        TenantTable("billing_serviceact", app="SELECT, INSERT"),
        TenantTable("billing_correction", app="SELECT, INSERT"),
        TenantTable("billing_correctionline", app="SELECT, INSERT"),
        TenantTable("billing_issuedfile", portal="SELECT, INSERT", app="SELECT, INSERT"),
        TenantTable("billing_deliverychoice", portal="SELECT, INSERT", app="SELECT, INSERT"),
        TenantTable("billing_paymentguarantee", portal="SELECT, INSERT", app="SELECT, INSERT, UPDATE"),
        TenantTable("billing_dunningnotice", app="SELECT, INSERT"),
        TenantTable("billing_debtrestriction", app="SELECT, INSERT, UPDATE"),
        TenantTable("billing_restrictedsubscriber", app="SELECT, INSERT"),
        TenantTable("billing_invoicemailing", app="SELECT, INSERT, UPDATE"),
        TenantTable("billing_mailingletter", app="SELECT, INSERT"),
        SharedTable("billing_documentcounter", app="SELECT, INSERT, UPDATE"),
        SharedTable("billing_statementimport", app="SELECT, INSERT, UPDATE"),
        SharedTable("billing_suspensepayment", app="SELECT, INSERT, UPDATE"),
        *(
            AppendOnly(f"billing_{table}")
            for table in (
                "ledgerentry",
                "payment",
                "invoice",
                "serviceact",
                "correction",
                "correctionline",
                "issuedfile",
                "deliverychoice",
            )
        ),
        migrations.RunSQL(COMPLETE, INCOMPLETE),
        migrations.RunSQL(ASKS, "DROP POLICY portal_only_asks ON billing_paymentguarantee"),
    ]
