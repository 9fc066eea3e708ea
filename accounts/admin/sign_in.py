"""Sign-ins, live sessions, temporary passwords and requests for them. Hashes are not shown."""

from datetime import datetime

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import PasswordRequest, Session, SignIn, TemporaryPassword
from accounts.selectors import devices
from sipcabinet.lib import durable, phones, staff
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.staff_filters import TroubleFilter

PHONE_HELP = gettext_lazy("Номер телефона в любом написании, лицевой счёт или IP-адрес")


@admin.register(SignIn)
class SignInAdmin(staff.ReadOnlyAdmin[SignIn]):
    list_display = ["at", "user", "account", "outcome", "address", "device"]
    list_display_links = ["at", "user"]
    list_select_related = ["user", "account__customer"]
    list_filter = ["outcome", "at"]
    search_fields = ["account__number", "address"]
    phone_search_fields = ["user__phone"]
    search_help_text = PHONE_HELP
    ordering = ["-at", "-pk"]
    show_full_result_count = False

    @admin.display(description=gettext_lazy("устройство"))
    def device(self, sign_in: SignIn) -> str:
        return devices.describe(sign_in.user_agent)


@admin.register(Session)
class SessionAdmin(staff.ReadOnlyAdmin[Session]):
    """Signed-in sessions. Rows have no links and no actions: the login's actions end sessions."""

    list_display = ["last_seen_at", "user", "account", "started_at", "ends_at", "address", "device"]
    list_display_links = None
    list_select_related = ["user", "account__customer"]
    search_fields = ["account__number", "address"]
    phone_search_fields = ["user__phone"]
    search_help_text = PHONE_HELP
    ordering = ["-last_seen_at"]
    actions = None
    fields = ["user", "account", "started_at", "last_seen_at", "expire_date", "address", "user_agent"]

    @admin.display(description=gettext_lazy("закончится"), ordering="expire_date")
    def ends_at(self, session: Session) -> datetime:
        return session.expire_date

    @admin.display(description=gettext_lazy("устройство"))
    def device(self, session: Session) -> str:
        return devices.describe(session.user_agent)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Session]:
        # `public_id` orders rows with equal times; otherwise Django would use the primary key, the hash of the key.
        return super().get_queryset(request).filter(user__isnull=False).order_by("public_id")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Session | None:
        """None: a session has no page, because the page's URL would contain the hash of the key."""
        return None


@admin.register(TemporaryPassword)
class TemporaryPasswordAdmin(staff.ReadOnlyAdmin[TemporaryPassword]):
    list_display = ["issued_at", "user", "expires_at", "used_at", "voided_at"]
    list_select_related = ["user"]
    list_filter = ["issued_at"]
    search_fields = ["user__account__number"]
    phone_search_fields = ["user__phone"]
    search_help_text = PHONE_HELP
    ordering = ["-issued_at", "-pk"]
    fields = ["user", "issued_at", "expires_at", "used_at", "voided_at"]


@admin.register(PasswordRequest)
class PasswordRequestAdmin(staff.ReadOnlyAdmin[PasswordRequest]):
    """Requests by «Восстановить пароль», for registered and unregistered numbers."""

    list_display = ["created_at", "shown_phone", "address", "shown_state", "attempts", "finished_at"]
    list_filter = [TroubleFilter, "state", "created_at"]
    search_fields = ["address"]
    phone_search_fields = ["phone"]
    search_help_text = gettext_lazy("Номер телефона в любом написании или IP-адрес")
    ordering = ["-created_at", "-pk"]
    actions = ["again"]
    fields = ["shown_phone", "address", "created_at", "due_at", "state", "attempts", "finished_at", "last_error"]

    @admin.display(description=gettext_lazy("номер телефона"), ordering="phone")
    def shown_phone(self, request_row: PasswordRequest) -> str:
        return phones.display(request_row.phone)

    @admin.action(description=gettext_lazy("Повторить"), permissions=["act"])
    def again(self, request: HttpRequest, queryset: QuerySet[PasswordRequest]) -> None:
        def work(row: PasswordRequest) -> None:
            if not durable.retry(row):
                raise DomainError(_("Повторить можно только запрос с ошибкой"), code="password_request.not_ended")
            durable.hint("accounts.drain_password_requests")
            self.record(request, row, "retried", _("Запрос временного пароля снова в работе"))

        self.do_each(request, queryset, work, done=_("Запросов снова в работе"))
