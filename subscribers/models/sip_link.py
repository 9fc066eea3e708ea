from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from sipcabinet.lib import clock
from subscribers.models.subscriber import Subscriber


class PhoneKind(models.TextChoices):
    """Telephones that fetch their settings by themselves."""

    YEALINK = "yealink", "Yealink"
    GRANDSTREAM = "grandstream", "Grandstream"
    FANVIL = "fanvil", "Fanvil"


class SipLink(models.Model):
    """ссылка для телефона: an address under which one telephone fetches the settings of a trunk (3.4).

    The secret in the address is stored as its SHA-256 alone. `mac` is the telephone's MAC address, twelve lower-case
    digits; a link made for a `name` takes that of the first telephone that asks. `fetches` counts answers with the
    settings. `token` identifies the form, which makes one link however often it is sent. The link holds as long as the
    password that `created_by` has proved it with.
    """

    account = models.ForeignKey(Account, models.PROTECT, verbose_name=_("лицевой счёт"))
    trunk = models.ForeignKey(Subscriber, models.PROTECT, related_name="+", verbose_name=_("SIP-соединение"))
    kind = models.CharField(_("телефон"), max_length=12, choices=PhoneKind.choices)
    name = models.CharField(_("название"), max_length=40, blank=True)
    mac = models.CharField(_("MAC-адрес"), max_length=12, blank=True)
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    token = models.CharField(max_length=64, unique=True, null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("создана"), default=clock.now)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("кто создал"))
    expires_at = models.DateTimeField(_("действует до"))
    withdrawn_at = models.DateTimeField(_("отозвана"), null=True, blank=True)
    fetches = models.PositiveSmallIntegerField(_("получений"), default=0)
    fetched_at = models.DateTimeField(_("получено"), null=True, blank=True)
    fetched_from = models.GenericIPAddressField(_("с адреса"), null=True, blank=True)

    class Meta:
        verbose_name = _("ссылка для телефона")
        verbose_name_plural = _("ссылки для телефонов")
        default_permissions = ()
        indexes = [models.Index(fields=["trunk", "-id"], name="sip_link_of_trunk")]
        constraints = [
            models.CheckConstraint(name="sip_link_of_device", condition=~Q(name="", mac="")),
            models.CheckConstraint(name="sip_link_mac", condition=Q(mac="") | Q(mac__regex=r"^[0-9a-f]{12}$")),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name or self.mac}"

    @property
    def is_disowned(self) -> bool:
        """Whether its maker may not sign in any more, or has got another password since."""
        maker = self.created_by
        if maker is None:
            return False
        changed = maker.password_changed_at
        return not maker.may_sign_in or (changed is not None and changed > self.created_at)
