"""The matrix of roles, and groups: the group of a role is changed by `migrate` alone (4.10)."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin import group as _group  # noqa: F401 - it registers what is unregistered here
from accounts.admin.group import GroupAdmin
from desk.models import Role
from desk.views import roles
from sipcabinet.lib import staff

cast("staff.Desk", admin.site).add_page(staff.Page("desk", "desk_roles", "roles/", _("Роли"), "", roles.matrix))
admin.site.unregister(Group)


@admin.register(Group)
class RoleGroupAdmin(GroupAdmin):
    """Groups made by hand are changed as before. Those of roles are only read: their permissions are a table."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_role = obj is not None and Role.objects.filter(group=obj).exists()
        return not is_role and super().has_change_permission(request, obj)
