"""The columns of the file of customers (4.11)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Customer, PaymentTerms
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.sheets import CellKind
from sipcabinet.lib.tables import CellError, TableColumn, columns
from sipcabinet.lib.tables.columns import Reader
from subscribers.labels import LABEL_LENGTH
from subscribers.models import ChannelPackage, NumberOrigin, SipPlatform, TariffPlan
from subscribers.services import numbers

REQUISITES = ("name", "unp", "address", "bank_name", "bank_bic", "iban", "contact_name", "contact_phone")
CONTRACT = ("contract", "contract_date", "terms", "email")
# What the first row of an account needs.
OF_A_CUSTOMER = ("name", "unp", "address")
OF_AN_ACCOUNT = ("contract", "contract_date", "email")
OF_A_NUMBER = ("trunk", "plan", "origin", "label", "connected_on", "channels", "platform")
MOST_BALANCE = Decimal(10_000_000)
TERMS = {str(one.label): one.value for one in PaymentTerms}


@dataclass(frozen=True)
class CustomersFile:
    """The kind of table. Plans, packages and platforms are those of the moment when it was made."""

    columns: Sequence[TableColumn]
    code = "customers"
    title = _("Клиенты из файла")

    @classmethod
    def now(cls) -> Self:
        return cls(_columns())

    @property
    def told(self) -> list[tuple[TableColumn, str]]:
        """Each column with the rows that need it; the others may be left empty."""
        return [(one, _needed(one.key)) for one in self.columns]

    def column(self, key: str) -> TableColumn:
        return next(one for one in self.columns if one.key == key)


def _needed(key: str) -> str:
    if key == "account":
        return gettext("в каждой строке")
    if key in {*OF_A_CUSTOMER, *OF_AN_ACCOUNT}:
        return gettext("в первой строке счёта")
    return gettext("в строке с номером") if key == "plan" else ""


def _columns() -> Sequence[TableColumn]:
    plans: dict[str, Any] = {}
    for plan in TariffPlan.objects.order_by("pk"):
        plans |= {plan.code: plan, plan.name: plan}
    packages = {str(one.channels): one for one in ChannelPackage.objects.filter(is_offered=True)}
    platforms = {one.name: one for one in SipPlatform.objects.order_by("name")}
    origins = {str(one.label): one for one in NumberOrigin}
    short = {"is_required": False, "default": "", "width": 14}
    return [
        TableColumn(key="account", title=_("Лицевой счёт"), read=_account, width=14,
                    hint=_("Цифры. Одинаковый у всех номеров одного счёта")),
        _of(Customer, "name", _("Клиент"), _("Наименование. Эти и другие реквизиты нужны в первой строке счёта, "
                                             "в остальных их можно не повторять"), 34),
        _of(Customer, "unp", _("УНП"), _("9 цифр"), 12),
        _of(Customer, "address", _("Юридический адрес"), "", 40),
        _of(Customer, "bank_name", _("Банк"), "", 24),
        _of(Customer, "bank_bic", _("БИК"), "", 12),
        _of(Customer, "iban", _("IBAN"), "", 30),
        _of(Customer, "contact_name", _("Контактное лицо"), "", 24),
        _of(Customer, "contact_phone", _("Контактный телефон"), "", 18),
        _of(Account, "contract_number", _("Договор"), _("Номер договора"), 16, key="contract"),
        TableColumn(key="contract_date", title=_("Дата договора"), read=columns.day, hint=_("31.12.2026"),
                    kind=CellKind.DATE, is_required=False, width=14),
        TableColumn(key="terms", title=_("Форма оплаты"), read=columns.one_of(TERMS), is_required=False,
                    default=PaymentTerms.POSTPAID.value, width=20, hint=_options(TERMS)),
        _of(Account, "cabinet_email", _("E-mail"), _("E-mail личного кабинета, из заявления"), 26, key="email"),
        TableColumn(key="phone", title=_("Номер"), read=_phone, is_required=False, default="", width=18,
                    hint=_("В любом написании, например 17 270-00-00. Пусто: только счёт или сальдо")),
        TableColumn(key="trunk", title=_("SIP-соединение"), read=_phone, is_required=False, default="", width=18,
                    hint=_("У SIP-номера: номер его соединения. Строка соединения стоит выше")),
        TableColumn(key="plan", title=_("Тарифный план"), read=columns.one_of(plans, _options_of(TariffPlan)),
                    hint=_options_of(TariffPlan), is_required=False, width=20),
        TableColumn(key="origin", title=_("Откуда номер"), read=columns.one_of(origins), is_required=False,
                    width=18, hint=_options(origins)),
        TableColumn(key="label", title=_("Название"), read=columns.text(LABEL_LENGTH), hint=_("Например, «Офис»"),
                    **short),  # type: ignore[arg-type]
        TableColumn(key="connected_on", title=_("Подключить с"), read=columns.day, is_required=False, width=14,
                    kind=CellKind.DATE, hint=_("С этого дня начисляется плата. Пусто: с сегодняшнего")),
        TableColumn(key="channels", title=_("Каналов"), read=columns.one_of(packages), is_required=False, width=10,
                    hint=_("Пакет каналов соединения. Пусто: как в тарифном плане")),
        TableColumn(key="platform", title=_("Платформа SIP"), read=columns.one_of(platforms), is_required=False,
                    width=16, hint=_("Пусто: для новых соединений")),
        TableColumn(key="balance", title=_("Входящее сальдо"), read=_balance, is_required=False, width=16,
                    hint=_("BYN, один раз на счёт: долг с минусом, аванс без знака")),
        TableColumn(key="balance_on", title=_("Сальдо на дату"), read=columns.day, is_required=False, width=14,
                    kind=CellKind.DATE, hint=_("День открытого месяца. Пусто: сегодня")),
    ]  # fmt: skip


def _of(
    model: type[models.Model], name: str, title: str | Promise, hint: str | Promise, width: int, *, key: str = ""
) -> TableColumn:
    """The column of a field of a model, with the field's own rules."""
    field_of: Any = model._meta.get_field(name)
    most = field_of.max_length
    return TableColumn(key=key or name, title=title, read=_field(field_of, most), is_required=False, default="",
                       hint=hint, width=width)  # fmt: skip


def _field(rules: Any, most: int) -> Reader:
    one_line = columns.text(most)

    def read(written: str) -> str:
        try:
            return str(rules.clean(one_line(written), None))
        except ValidationError as refusal:
            raise CellError(refusal.messages[0]) from None

    return read


def _account(written: str) -> str:
    return str(columns.digits(12)(written))


def _phone(written: str) -> str:
    columns.digits(15)(written)  # tells of numbers that Excel has spoilt
    try:
        return numbers.clean_phone(written)
    except DomainError as refusal:
        raise CellError(refusal.message) from None


def _balance(written: str) -> Decimal:
    bare = written.strip().replace("\u2212", "-").replace("\u2013", "-")
    amount: Decimal = columns.amount(2, MOST_BALANCE)(bare.removeprefix("-").strip())
    return -amount if bare.startswith("-") else amount


def _options(words: Mapping[str, Any]) -> str:
    return ", ".join(words)


def _options_of(model: type[models.Model]) -> str:
    """The first names of a catalogue, for hints and refusals."""
    found = [str(one) for one in model._default_manager.order_by("pk")[:12]]
    return ", ".join(found)
