"""Pages that change rights at the desk: for superusers only, after they enter password and code again."""

from typing import Any, TypeVar, cast

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from accounts.admin import step_up
from accounts.models import User
from accounts.services import rights, sessions
from sipcabinet.lib import changes, staff

M = TypeVar("M", bound=models.Model)
secret_answers = method_decorator(sensitive_post_parameters())


def is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))


class RightsAdmin(staff.StaffAdmin[M]):
    """Requires a step-up before a row that decides rights is opened for a change, and again when the row is written.

    A subclass defines which rows decide rights (`decides_rights`), which actions do (`chosen_decide_rights`), and what
    the the journal stores of a row (`rights_of`).
    """

    recorded_elsewhere = ("groups", "permissions", "is_superuser")

    def decides_rights(self, obj: M | None) -> bool:
        """Whether a row decides what people of the staff may do; None is a new row."""
        return True

    def chosen_decide_rights(self, request: HttpRequest) -> bool:
        """Whether the requested action decides what people of the staff may do."""
        return True

    def rights_of(self, obj: M) -> rights.Rights:
        raise NotImplementedError

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        if obj is not None and self.decides_rights(obj) and not is_superuser(request):
            return False
        return super().has_change_permission(request, obj)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Empty: otherwise a link could prefill rights that a superuser saves without reading them."""
        return {}

    @secret_answers
    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        asked = step_up.ask(request) if self._is_opened(request, object_id) else None
        return asked or super().changeform_view(request, object_id, form_url, extra_context)

    @secret_answers
    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        is_asked_for = request.method == "POST" and is_superuser(request)
        is_due = is_asked_for and (step_up.is_answer(request) or self.chosen_decide_rights(request))
        asked = step_up.ask(request) if is_due else None
        return asked or super().changelist_view(request, extra_context)

    def _is_opened(self, request: HttpRequest, object_id: str | None) -> bool:
        """Whether a superuser opens or sends the form of a row that decides rights; others see the row read-only."""
        if not is_superuser(request):
            return False
        row = self.get_object(request, unquote(object_id)) if object_id is not None else None
        return self.decides_rights(row) if row is not None or object_id is None else False

    def demand_proof(self, request: HttpRequest) -> None:
        """Raises PermissionDenied unless a superuser's session is stepped up; called before every write."""
        if not (is_superuser(request) and sessions.is_stepped_up(request)):
            raise PermissionDenied

    def save_model(self, request: HttpRequest, obj: M, form: Any, change: bool) -> None:
        if not self.decides_rights(obj):
            super().save_model(request, obj, form, change)
            return
        self.demand_proof(request)
        rights.hold(by=cast("User", request.user))
        form.rights_before = self.rights_of(obj) if change else {}
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Writes groups and permissions, then records the changed rights: only now is the whole change saved."""
        obj: M = form.instance
        if not self.decides_rights(obj):
            super().save_related(request, form, formsets, change)
            return
        self.demand_proof(request)
        super().save_related(request, form, formsets, change)
        rights.keep_a_superuser()
        if changed := rights.difference(form.rights_before, self.rights_of(obj)):
            if obj == request.user and changed.keys() - {"password_changed_at"}:
                raise rights.OwnRightsError
            summary = _("Права, %(what)s: %(changed)s") % {"what": self._named(obj), "changed": rights.told(changed)}
            self.record(request, obj, "rights_changed", summary, **{changes.KEY: changed})
