"""Who may do what at the desk: rights of people of the staff and of their groups (4.10).

Only superusers change them (accounts/admin/rights.py); here is what holds whoever asks, and what the journal keeps.
"""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.utils.translation import gettext as _

from accounts.models import User
from sipcabinet.lib.errors import DomainError

Rights = dict[str, Any]


class RightsError(DomainError):
    """The change is not his who asks for it."""

    code = "rights.refused"


class LastSuperuserError(RightsError):
    """Nobody would be left who may give rights."""

    code = "rights.last_superuser"

    def __init__(self) -> None:
        super().__init__(_("Это последний суперпользователь: сначала дайте эти права другому сотруднику."))


def is_last_superuser(user: User) -> bool:
    """Whether nobody else is a superuser who may sign in."""
    return user.is_superuser and user.is_active and not _superusers().exclude(pk=user.pk).exists()


def hold(*, by: User) -> None:
    """Makes changes of rights go one after another; call it in their transaction, before the write.

    Locks all superusers. Raises RightsError where another one has taken the rights of `by` in the meantime.
    """
    if by.pk not in _superusers().select_for_update().order_by("pk").values_list("pk", flat=True):
        raise RightsError(_("Права сотрудников меняет только суперпользователь."))


def keep_a_superuser() -> None:
    """Call it after the write, behind `hold`; raises LastSuperuserError, which undoes the write."""
    if not _superusers().exists():
        raise LastSuperuserError


def of_person(user: User) -> Rights:
    """What a person may do, as the journal keeps it; read from the database."""
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
    """What a group gives, and to how many."""
    now = Group.objects.get(pk=group.pk)
    permissions = sorted(_code(permission) for permission in now.permissions.select_related("content_type"))
    return {"name": now.name, "permissions": permissions}


def difference(before: Rights, after: Rights) -> dict[str, dict[str, Any]]:
    """Only what changed: `{"groups": {"before": ["Касса"], "after": ["Касса", "Биллинг"]}}`."""
    names = sorted(before.keys() | after.keys())
    told = {name: {"before": before.get(name), "after": after.get(name)} for name in names}
    return {name: pair for name, pair in told.items() if pair["before"] != pair["after"]}


def told(changed: dict[str, dict[str, Any]]) -> str:
    """The same in words: «группы: Касса → Касса, Биллинг»; of a group's rights only how many."""
    return "; ".join(_in_words(name, pair["before"], pair["after"]) for name, pair in changed.items())


def _in_words(name: str, before: Any, after: Any) -> str:
    if name == "password_changed_at":
        return _("задан новый пароль")
    if name == "permissions":
        given, taken = set(after or ()) - set(before or ()), set(before or ()) - set(after or ())
        return _("прав добавлено: %(given)d, отнято: %(taken)d") % {"given": len(given), "taken": len(taken)}
    names = {"groups": _("группы"), "is_active": _("вход разрешён"), "is_superuser": _("суперпользователь")}
    return f"{names.get(name, _('название'))}: {_value(before)} → {_value(after)}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return _("да") if value else _("нет")
    return ", ".join(value) if isinstance(value, list) and value else str(value or "—")


def _superusers() -> Any:
    return User.objects.filter(is_superuser=True, is_staff=True, is_active=True)


def _code(permission: Permission) -> str:
    return f"{permission.content_type.app_label}.{permission.codename}"
