"""The database roles, and their rights on customers, logins and the audit journal."""

from django.db import migrations

from sipcabinet.lib.rls import CreateRoles, SharedTable, TenantTable

APPEND_ONLY = """
CREATE FUNCTION accounts_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON accounts_auditevent
    FOR EACH ROW EXECUTE FUNCTION accounts_refuse_change();
CREATE TRIGGER audit_is_never_emptied BEFORE TRUNCATE ON accounts_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_refuse_change();
"""
MUTABLE = """
DROP TRIGGER audit_is_append_only ON accounts_auditevent;
DROP TRIGGER audit_is_never_emptied ON accounts_auditevent;
DROP FUNCTION accounts_refuse_change();
"""
SHOWN_OF_SESSION = "public_id, account_id, user_id, started_at, last_seen_at, expire_date, address, user_agent"
MY_CUSTOMER = "id = (SELECT customer_id FROM accounts_account WHERE accounts_account.id = {mine})"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        CreateRoles(),
        TenantTable("accounts_customer", key=MY_CUSTOMER),
        TenantTable("accounts_account", key="id"),
        TenantTable("accounts_user"),
        TenantTable("accounts_signin"),
        # A session's key and contents are a secret of its browser: a customer's page cannot read these columns.
        TenantTable("accounts_session", portal=f"SELECT ({SHOWN_OF_SESSION}), DELETE"),
        TenantTable("accounts_auditevent", portal="SELECT, INSERT", app="SELECT, INSERT"),
        SharedTable("accounts_passwordrequest"),
        SharedTable("accounts_temporarypassword"),
        SharedTable("accounts_throttle"),
        SharedTable("accounts_user_groups"),
        SharedTable("accounts_user_user_permissions"),
        SharedTable("auth_group"),
        SharedTable("auth_group_permissions"),
        SharedTable("auth_permission"),
        SharedTable("django_content_type"),
        SharedTable("django_migrations", app="SELECT"),
        migrations.RunSQL(APPEND_ONLY, MUTABLE),
    ]
