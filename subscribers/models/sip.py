from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from sipcabinet.lib import clock
from subscribers.models.subscriber import Subscriber

PORT = [MinValueValidator(1), MaxValueValidator(65535)]


class Transport(models.TextChoices):
    UDP = "udp", "UDP"
    TCP = "tcp", "TCP"
    TLS = "tls", "TLS"


class SipMode(models.TextChoices):
    REGISTRATION = "registration", _("с регистрацией (логин и пароль)")
    BY_ADDRESS = "by_address", _("по IP-адресам, без регистрации")


class SipPlatform(models.Model):
    """платформа SIP: what all trunks of one switch have in common (3.4). Networks are CIDR, intervals seconds."""

    name = models.CharField(_("название"), max_length=60, unique=True)
    domain = models.CharField(_("домен (realm)"), max_length=100)
    registrar = models.CharField(_("сервер регистрации"), max_length=100)
    outbound_proxy = models.CharField(_("исходящий прокси"), max_length=100, blank=True)
    port = models.PositiveIntegerField(_("порт"), default=5060, validators=PORT)
    tls_port = models.PositiveIntegerField(_("порт TLS"), default=5061, validators=PORT)
    transports = ArrayField(models.CharField(max_length=3, choices=Transport.choices), verbose_name=_("транспорты"))
    register_seconds = models.PositiveIntegerField(
        _("интервал регистрации, с"), default=600, validators=[MinValueValidator(30)]
    )
    codecs = ArrayField(models.CharField(max_length=20), verbose_name=_("кодеки по порядку"))
    dtmf = models.CharField(_("DTMF"), max_length=40, default="RFC 4733")
    number_format = models.CharField(_("формат номера"), max_length=60, default="E.164")
    signalling_networks = ArrayField(models.CharField(max_length=43), verbose_name=_("сети сигнализации"))
    media_networks = ArrayField(models.CharField(max_length=43), verbose_name=_("сети медиа"))
    rtp_port_from = models.PositiveIntegerField(_("порты RTP с"), default=10000, validators=PORT)
    rtp_port_to = models.PositiveIntegerField(_("порты RTP по"), default=20000, validators=PORT)
    is_default = models.BooleanField(_("для новых соединений"), default=False)

    class Meta:
        verbose_name = _("платформа SIP")
        verbose_name_plural = _("платформы SIP")
        constraints = [
            models.CheckConstraint(name="sip_platform_rtp", condition=Q(rtp_port_to__gte=F("rtp_port_from"))),
            models.UniqueConstraint(
                name="one_default_platform",
                fields=["is_default"],
                condition=Q(is_default=True),
                violation_error_message=_("Платформа для новых соединений уже есть"),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SipAccount(models.Model):
    """параметры SIP of one trunk; its numbers use them too (3.4).

    `password_sealed` is a MultiFernet token (SIP_KEYS) that contains the row's trunk, so it is useless in another row;
    the database role of customers' pages cannot select it.
    """

    trunk = models.OneToOneField(
        Subscriber, models.PROTECT, primary_key=True, related_name="sip_account", verbose_name=_("SIP-соединение")
    )
    account = models.ForeignKey(Account, models.PROTECT, verbose_name=_("лицевой счёт"))
    platform = models.ForeignKey(SipPlatform, models.PROTECT, verbose_name=_("платформа"))
    login = models.CharField(_("логин"), max_length=32)
    auth_name = models.CharField(_("имя для аутентификации"), max_length=32)
    transport = models.CharField(_("транспорт"), max_length=3, choices=Transport.choices, default=Transport.UDP)
    mode = models.CharField(_("режим"), max_length=12, choices=SipMode.choices, default=SipMode.REGISTRATION)
    allowed_addresses = ArrayField(
        models.CharField(max_length=43), default=list, blank=True, verbose_name=_("разрешённые адреса")
    )
    password_sealed = models.TextField(editable=False)
    password_changed_at = models.DateTimeField(_("пароль изменён"), default=clock.now)

    class Meta:
        verbose_name = _("параметры SIP")
        verbose_name_plural = _("параметры SIP")
        constraints = [
            models.UniqueConstraint(fields=["platform", "auth_name"], name="sip_login_once"),
            models.CheckConstraint(
                name="sip_addresses_with_mode",
                condition=Q(mode=SipMode.REGISTRATION) | Q(allowed_addresses__len__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return self.auth_name
