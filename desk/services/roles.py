"""Makes the roles of an installation equal to the table of `desk/roles.py` (4.2, 4.10)."""

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.services import audit
from desk import roles
from desk.models import Role
from sipcabinet.lib import locks

LOCK = "desk roles"


def sync() -> None:
    """Creates missing roles and gives every role its exact permissions; runs after each `migrate`.

    A migration could not do this: the permissions of a release are known only after all its migrations. A group made by
    hand is never touched, also if it has the name of a role. A changed role is recorded in the operator's journal.
    """
    for label in roles.APPS:
        create_permissions(apps.get_app_config(label), verbosity=0)
    with transaction.atomic():
        locks.hold(LOCK)
        names = Permission.objects.filter(content_type__app_label__in=roles.APPS)
        known = {
            f"{app}.{code}": pk for pk, app, code in names.values_list("pk", "content_type__app_label", "codename")
        }
        kept = {role.code: role for role in Role.objects.select_related("group")}
        for terms in roles.terms():
            wanted = {known[name] for name in terms.permissions}
            role = kept.get(terms.code)
            if role is None:
                _make(terms).permissions.set(wanted)
            else:
                _fit(role, wanted)


def _make(terms: roles.RoleTerms) -> Group:
    name = str(terms.name)
    if Group.objects.filter(name=name).exists():
        name = _("%(name)s (роль)") % {"name": name}
    group = Group.objects.create(name=name)
    Role.objects.create(code=terms.code, group=group)
    return group


def _fit(role: Role, wanted: set[int]) -> None:
    """Gives the role these permissions; records how many were given and taken."""
    had = set(role.group.permissions.values_list("pk", flat=True))
    if had == wanted:
        return
    role.group.permissions.set(wanted)
    counts = {"role": role.code, "given": len(wanted - had), "taken": len(had - wanted)}
    told = _("Роль «%(name)s» обновлена: прав добавлено %(given)d, отнято %(taken)d")
    audit.record(action="role.fitted", summary=told % {"name": role.group.name, **counts}, details=counts)
