"""Roles of the staff: Django's groups, audited, with a plain list of rights (the two-list widget has unnamed parts)."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth import admin as _auth  # noqa: F401 - it registers what is unregistered here
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from accounts.admin.rights import RightsAdmin
from accounts.services import rights

admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(RightsAdmin[Group]):
    """Only superusers change groups: any other person could give all rights to his own group."""

    fields = ["name", "permissions"]
    search_fields = ["name"]
    search_help_text = gettext_lazy("Название группы")
    ordering = ["name"]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        rights = db_field.remote_field.model.objects.select_related("content_type")
        kwargs |= {"queryset": rights, "widget": forms.SelectMultiple(attrs={"size": 20})}
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def rights_of(self, obj: Group) -> rights.Rights:
        return rights.of_group(obj)
