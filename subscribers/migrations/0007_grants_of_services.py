"""Rights to services, channels, minutes, SIP parameters and provisioning.

A customer's page may add and end periods and name a number; it may not rewrite past periods, shorten the lock between
changes of channels, or read a sealed SIP password.
"""

from django.conf import settings
from django.db import migrations

from sipcabinet.lib.rls import SharedTable, TenantTable

SIP_COLUMNS = (
    "trunk_id, account_id, platform_id, login, auth_name, transport, mode, allowed_addresses, password_changed_at"
)
COLUMNS = f"""
GRANT UPDATE (label) ON subscribers_subscriber TO {settings.PORTAL_ROLE};
GRANT UPDATE (ended_at, ended_by_id) ON subscribers_serviceassignment, subscribers_channelassignment
    TO {settings.PORTAL_ROLE};
GRANT UPDATE (desired, version) ON subscribers_provisioning TO {settings.PORTAL_ROLE};
GRANT SELECT ({SIP_COLUMNS}) ON subscribers_sipaccount TO {settings.PORTAL_ROLE};
"""


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0006_operation_numbers")]
    operations = [
        SharedTable("subscribers_service", portal="SELECT"),
        SharedTable("subscribers_service_excludes", portal="SELECT"),
        SharedTable("subscribers_serviceprice", portal="SELECT"),
        SharedTable("subscribers_channelpackage", portal="SELECT"),
        SharedTable("subscribers_channelprice", portal="SELECT"),
        SharedTable("subscribers_minutepackage", portal="SELECT"),
        SharedTable("subscribers_minuteprice", portal="SELECT"),
        SharedTable("subscribers_vatrate", portal="SELECT"),
        SharedTable("subscribers_sipplatform", portal="SELECT"),
        TenantTable("subscribers_operation", portal="SELECT, INSERT", app="SELECT, INSERT"),
        TenantTable("subscribers_serviceassignment", portal="SELECT, INSERT", app="SELECT, INSERT, UPDATE"),
        TenantTable("subscribers_channelassignment", portal="SELECT, INSERT", app="SELECT, INSERT, UPDATE"),
        TenantTable("subscribers_minuteassignment", app="SELECT, INSERT, UPDATE"),
        TenantTable("subscribers_channelpeak"),
        TenantTable("subscribers_sipaccount", portal=""),
        TenantTable("subscribers_provisioning", portal="SELECT, INSERT"),
        TenantTable("subscribers_provisioningjob", portal="SELECT, INSERT"),
        migrations.RunSQL(COLUMNS, migrations.RunSQL.noop),
    ]
