from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account, AccountStatus
from sipcabinet.lib import clock, phones


class UserManager(BaseUserManager["User"]):
    def create_user(self, phone: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(phone=phones.parse(phone), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, phone: str, password: str | None = None, **fields: Any) -> "User":
        """Creates a superuser; called by `manage.py createsuperuser`."""
        return self.create_user(phone, password, **{**fields, "is_staff": True, "is_superuser": True})

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(phone=username, is_active=True)


class User(AbstractBaseUser, PermissionsMixin):
    """A login: the number of a trunk, whose holder administers the account (1.1a), or a person of the operator's staff.

    Numbers move between customers: a closed login keeps its history, and its number may get another login.
    """

    phone = models.CharField(_("номер телефона"), max_length=16)
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="users", verbose_name=_("лицевой счёт")
    )
    name = models.CharField(_("имя"), max_length=200, blank=True)
    is_staff = models.BooleanField(_("сотрудник оператора"), default=False)
    is_active = models.BooleanField(_("вход разрешён"), default=True)
    created_at = models.DateTimeField(_("создан"), default=clock.now, editable=False)
    password_changed_at = models.DateTimeField(_("пароль изменён"), null=True, blank=True, editable=False)

    # Devices and addresses that became known before this moment are strangers again (services/known_devices.py).
    devices_since = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "phone"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("логин")
        verbose_name_plural = _("логины")
        indexes = [models.Index(fields=["name"], condition=Q(is_staff=True), name="staff_by_name")]
        constraints = [
            models.CheckConstraint(
                name="user_is_staff_or_of_an_account",
                condition=Q(is_staff=True, account__isnull=True) | Q(is_staff=False, account__isnull=False),
            ),
            models.UniqueConstraint(
                name="one_open_login_of_a_phone",
                fields=["phone"],
                condition=Q(is_active=True),
                violation_error_message=_("Вход с этим номером уже открыт"),
            ),
        ]

    def __str__(self) -> str:
        return phones.display(self.phone)

    @property
    def may_sign_in(self) -> bool:
        """Whether the login is open and its account, if any, is not closed."""
        return self.is_active and (self.account is None or self.account.status == AccountStatus.ACTIVE)

    def get_full_name(self) -> str:
        return self.name or str(self)

    def get_short_name(self) -> str:
        return self.get_full_name()


class SignInOutcome(models.TextChoices):
    OK = "ok", _("вход")
    TEMPORARY = "temporary", _("вход с временным паролем")
    REFUSED = "refused", _("отказ: неверный пароль")
    REFUSED_CODE = "code", _("отказ: неверный код")


class SignIn(models.Model):
    """An attempt to sign in: «Последние входы» on «Безопасность» (1.3).

    An attempt with an unregistered number is stored too, without a user, so that every refusal does the same work.
    """

    user = models.ForeignKey(
        User, models.CASCADE, null=True, blank=True, related_name="sign_ins", verbose_name=_("логин")
    )
    account = models.ForeignKey(Account, models.CASCADE, null=True, blank=True, verbose_name=_("лицевой счёт"))
    outcome = models.CharField(_("результат"), max_length=9, choices=SignInOutcome.choices)
    at = models.DateTimeField(_("время"), default=clock.now)
    address = models.GenericIPAddressField(_("IP-адрес"))
    user_agent = models.CharField(_("устройство"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("вход")
        verbose_name_plural = _("входы")
        indexes = [
            models.Index(fields=["user", "-at"], name="sign_in_latest"),
            models.Index(fields=["at"], name="sign_in_age"),
            models.Index(
                fields=["user", "address"],
                condition=Q(outcome__in=[SignInOutcome.OK, SignInOutcome.TEMPORARY]),
                name="sign_in_known_address",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}, {clock.show_moment(self.at)}"

    @property
    def is_refusal(self) -> bool:
        return self.outcome in {SignInOutcome.REFUSED, SignInOutcome.REFUSED_CODE}
