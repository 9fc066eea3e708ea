"""Who may do what at the desk: rights of people of the staff and of their groups (4.10).

Only superusers change rights (accounts/admin/rights.py). This module holds the rules that apply to every change, and
builds what the journal stores.
"""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.utils.translation import gettext as _

from accounts.models import User
from sipcabinet.lib import changes
from sipcabinet.lib.changes import Change, Changes
from sipcabinet.lib.errors import DomainError

Rights = dict[str, Any]


class RightsError(DomainError):
    """The user may not make this change."""

    code = "rights.refused"


class LastSuperuserError(RightsError):
    """After the change no superuser would be left to give rights."""

    code = "rights.last_superuser"

    def __init__(self) -> None:
        super().__init__(_("Это последний суперпользователь: сначала дайте эти права другому сотруднику."))


class OwnRightsError(RightsError):
    """Nobody changes his own rights (4.10)."""

    code = "rights.own"

    def __init__(self) -> None:
        super().__init__(_("Свои права не меняет никто: попросите другого суперпользователя."))


def is_last_superuser(user: User) -> bool:
    """Whether nobody else is a superuser who may sign in."""
    return user.is_superuser and user.is_active and not _superusers().exclude(pk=user.pk).exists()


def hold(*, by: User) -> None:
    """Serialises changes of rights; call this in the transaction of the change, before the write.

    Locks all superusers. Raises RightsError if `by` is no longer a superuser.
    """
    if by.pk not in _superusers().select_for_update().order_by("pk").values_list("pk", flat=True):
        raise RightsError(_("Права сотрудников меняет только суперпользователь."))


def keep_a_superuser() -> None:
    """Raises LastSuperuserError (the write is rolled back) if no superuser is left; call after `hold` and the write."""
    if not _superusers().exists():
        raise LastSuperuserError


def of_person(user: User) -> Rights:
    """A person's rights in the form that the journal stores; read from the database."""
    now = User.objects.get(pk=user.pk)
    groups = list(now.groups.order_by("name").values_list("name", flat=True))
    own = sorted(_code(permission) for permission in now.user_permissions.select_related("content_type"))
    return {
        "is_active": now.is_active,
        "is_superuser": now.is_superuser,
        "groups": groups,
        "permissions": own,
        "password_changed_at": now.password_changed_at.isoformat() if now.password_changed_at else None,
    }


def of_group(group: Group) -> Rights:
    """A group's name and permissions in the form that the journal stores; read from the database."""
    now = Group.objects.get(pk=group.pk)
    permissions = sorted(_code(permission) for permission in now.permissions.select_related("content_type"))
    return {"name": now.name, "permissions": permissions}


def difference(before: Rights, after: Rights) -> Changes:
    """The changed values only: `{"groups": {"label": "группы", "before": ["Касса"], "after": ["Биллинг"]}}`."""
    labels = {
        "groups": _("группы"),
        "is_active": _("вход разрешён"),
        "is_superuser": _("суперпользователь"),
        "name": _("название"),
        "permissions": _("права"),
        "password_changed_at": _("пароль задан"),
    }
    return changes.between(before, after, labels)


def told(changed: Changes) -> str:
    """The `difference` in words: «группы: Касса → Касса, Биллинг»; for permissions only their counts."""
    return "; ".join(_in_words(name, change) for name, change in changed.items())


def _in_words(name: str, change: Change) -> str:
    before, after = change["before"], change["after"]
    if name == "password_changed_at":
        return _("задан новый пароль")
    if name == "permissions":
        given, taken = set(after or ()) - set(before or ()), set(before or ()) - set(after or ())
        return _("прав добавлено: %(given)d, отнято: %(taken)d") % {"given": len(given), "taken": len(taken)}
    return f"{change['label']}: {changes.in_words(before)} → {changes.in_words(after)}"


def _superusers() -> Any:
    return User.objects.filter(is_superuser=True, is_staff=True, is_active=True)


def _code(permission: Permission) -> str:
    return f"{permission.content_type.app_label}.{permission.codename}"
