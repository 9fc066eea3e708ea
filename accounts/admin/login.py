"""Logins: a customer's login opens and closes with its trunk; a superuser adds people of the staff here."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_otp import devices_for_user

from accounts.actor import Actor
from accounts.admin.rights import RightsAdmin, is_superuser
from accounts.models import User
from accounts.services import account_letters, audit, logins, rights, sessions, staff_help, throttles
from sipcabinet.lib import clock, phones
from sipcabinet.lib.errors import DomainError

if TYPE_CHECKING:
    UserModelForm = forms.ModelForm[User]
else:
    UserModelForm = forms.ModelForm

KEY_LENGTH = 19  # a key with fewer digits fits a row's id


class StaffForm(UserModelForm):
    """A person of the staff, with a password. A customer gets a password only by the registered E-mail."""

    new_password = forms.CharField(
        label=gettext_lazy("Новый пароль"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("Пустое поле оставляет пароль прежним"),
    )

    class Meta:
        model = User
        fields = ["phone", "name", "is_active", "is_superuser", "groups"]

    def clean_phone(self) -> str:
        try:
            phone = phones.parse(self.cleaned_data["phone"])
        except phones.PhoneError as refusal:
            raise ValidationError(refusal.message) from None
        if not self.instance.pk and User.objects.filter(phone=phone, is_active=True).exists():
            raise ValidationError(_("С этим номером уже входит другой пользователь."))
        return phone

    def clean_is_active(self) -> bool:
        wanted: bool = self.cleaned_data["is_active"]
        others = User.objects.filter(phone=self.instance.phone, is_active=True).exclude(pk=self.instance.pk)
        if wanted and others.exists():
            raise ValidationError(_("С этим номером уже входит другой пользователь."))
        return wanted

    def clean_new_password(self) -> str:
        password: str = self.cleaned_data["new_password"]
        if not password and self.instance.pk is None:
            raise ValidationError(_("Задайте пароль для первого входа"))
        if password:
            password_validation.validate_password(password, self.instance)
        return password

    def clean(self) -> dict[str, Any]:
        """Refuses to take the rights or the access of the last superuser."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for field in ("is_superuser", "is_active"):
            taken = field in self.fields and not cleaned.get(field, True)
            if taken and self.instance.pk and rights.is_last_superuser(self.instance):
                self.add_error(field, rights.LastSuperuserError().message)
        return cleaned


@admin.register(User)
class LoginAdmin(RightsAdmin[User]):
    list_display = ["shown_phone", "is_active", "name", "account", "is_staff", "second_factor", "last_login"]
    list_display_links = ["shown_phone", "name"]
    list_filter = ["is_staff", "is_active"]
    list_select_related = ["account__customer"]
    search_fields = ["name", "account__number", "account__customer__name", "=account__customer__unp"]
    phone_search_fields = ["phone"]
    search_help_text = gettext_lazy("Номер в любом написании, имя, лицевой счёт, УНП или клиент")
    ordering = ["-is_staff", "account__number", "phone"]
    actions = ["send_temporary_password", "end_sessions", "close_login", "allow_attempts", "drop_second_factor"]
    audit_noun = "login"

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("totpdevice_set")

    def get_form(self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = UserModelForm if obj and not obj.is_staff else StaffForm
        return super().get_form(request, obj, change=change, form=form, **kwargs)

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> list[Any]:
        if obj is None:
            return ["phone", "name", "new_password", "is_superuser", "groups"]
        if obj.is_staff:
            return ["phone", "name", "is_active", "new_password", "is_superuser", "groups", *self._facts()]
        return ["phone", "account", "name", "is_active", *self._facts()]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """For a customer's login the checkbox `is_active` is read-only too: such a login is opened and closed with its
        trunk, or by an action.
        """
        if obj is None:
            return []
        fixed = ["phone", "account", *self._facts()]
        return fixed if obj.is_staff else [*fixed, "is_active"]

    def _facts(self) -> list[str]:
        return ["last_login", "password_changed_at", "created_at", "second_factor"]

    def decides_rights(self, obj: User | None) -> bool:
        """True for people of the staff; a new login is always one of the staff."""
        return obj is None or obj.is_staff

    def chosen_decide_rights(self, request: HttpRequest) -> bool:
        """True for any action on people of the staff, for resetting second factors, and for «select all»."""
        if "drop_second_factor" in request.POST.getlist("action") or request.POST.get("select_across") == "1":
            return True
        chosen = [key for key in request.POST.getlist("_selected_action") if key.isdecimal() and len(key) < KEY_LENGTH]
        return User.objects.filter(pk__in=chosen, is_staff=True).exists()

    def rights_of(self, obj: User) -> rights.Rights:
        return rights.of_person(obj)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        password = form.cleaned_data.get("new_password")
        if not change:
            obj.is_staff = True
        if password:
            obj.set_password(password)
            obj.password_changed_at = clock.now()
        super().save_model(request, obj, form, change)
        if password or not obj.is_active:
            sessions.end_others(user=obj)

    @admin.display(description=gettext_lazy("номер телефона"), ordering="phone")
    def shown_phone(self, user: User) -> str:
        return phones.display(user.phone)

    @admin.display(description=gettext_lazy("второй фактор"), boolean=True)
    def second_factor(self, user: User) -> bool:
        return any(device.confirmed for device in user.totpdevice_set.all())  # type: ignore[attr-defined]

    @admin.action(description=gettext_lazy("Выслать временный пароль"), permissions=["act"])
    def send_temporary_password(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        def work(user: User) -> None:
            staff_help.send_temporary_password(user=user, by=Actor.of(request))

        self._do_each(request, queryset, work, done=_("Отправлено временных паролей"))

    @admin.action(description=gettext_lazy("Завершить сеансы"), permissions=["act"])
    def end_sessions(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        def work(user: User) -> None:
            staff_help.end_sessions(user=user, by=Actor.of(request))

        self._do_each(request, self._others(request, queryset), work, done=_("Завершены сеансы логинов"))

    @admin.action(description=gettext_lazy("Закрыть вход клиента"), permissions=["act"])
    def close_login(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        def work(user: User) -> None:
            if user.account is None:
                raise DomainError(_("Вход сотрудника закрывается на странице его логина"), code="login.no_customer")
            logins.close_login(account=user.account, phone=user.phone, staff=cast("User", request.user))

        self._do_each(request, queryset, work, done=_("Закрыто входов"))

    @admin.action(description=gettext_lazy("Снять ограничение попыток входа"), permissions=["act"])
    def allow_attempts(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        def work(user: User) -> None:
            throttles.forgive(throttles.Limit("phone", user.phone, 0))
            self.record(request, user, "attempts_allowed", _("Снято ограничение попыток входа"))

        self._do_each(request, queryset, work, done=_("Снято ограничений"))

    @admin.action(description=gettext_lazy("Сбросить второй фактор"), permissions=["superuser"])
    def drop_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        def work(user: User) -> None:
            for device in devices_for_user(user, confirmed=None):
                device.delete()
            sessions.end_others(user=user)
            account_letters.credentials_changed(user=user, kind="second_factor_off", request=None)
            self._told(request, user, audit.Action.SECOND_FACTOR_OFF)

        self.demand_proof(request)
        self._do_each(request, self._others(request, queryset), work, done=_("Сброшено вторых факторов"))

    def has_superuser_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def _do_each(self, request: HttpRequest, rows: QuerySet[User], work: Callable[[User], None], *, done: str) -> None:
        """Does `work` for each login; for people of the staff any action requires a stepped-up superuser."""

        def guarded(user: User) -> None:
            if user.is_staff:
                self._demand_superuser(request)
            work(user)

        self.do_each(request, rows, guarded, done=done)

    def _demand_superuser(self, request: HttpRequest) -> None:
        if not is_superuser(request):
            raise rights.RightsError(_("С логинами сотрудников работает только суперпользователь."))
        self.demand_proof(request)

    def _others(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        """The chosen logins except the user's own: nobody signs himself out of the desk by accident."""
        return queryset.exclude(pk=request.user.pk or 0)

    def _told(self, request: HttpRequest, user: User, action: audit.Action) -> None:
        by = request.user if isinstance(request.user, User) else None
        audit.record(action=action, account=user.account, user=by, request=request, details={"login_id": user.pk})
