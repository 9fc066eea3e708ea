"""How the staff's journal groups actions: by the first part of their codes (4.10)."""

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _


class ActionGroup(models.TextChoices):
    """A group of actions of the staff's journal."""

    ACCESS = "access", _("Вход и доступ")
    CUSTOMERS = "customers", _("Клиенты и лицевые счета")
    NUMBERS = "numbers", _("Абоненты, услуги, коммутатор")
    MONEY = "money", _("Счета и платежи")
    DOCUMENTS = "documents", _("Документы и письма")
    CALLS = "calls", _("Файлы звонков")
    CATALOGUE = "catalogue", _("Каталог и цены")
    OTHER = "other", _("Прочее")


# The nouns of the codes: those that services write, and the models (or `audit_noun`) of the desk's pages.
_NOUNS: dict[ActionGroup, str] = {
    ActionGroup.ACCESS: "sign_in signin password session second_factor step_up login group temporarypassword"
    " passwordrequest journal auditevent role",
    ActionGroup.CUSTOMERS: "account customer note",
    ActionGroup.NUMBERS: "subscriber number trunk service channels sip sipaccount provisioning operation"
    " staffrestriction numberrange channelassignment minuteassignment serviceassignment limit alarm"
    " fraudalarm trunkbar",
    ActionGroup.MONEY: "payment guarantee invoice correction debt dunningnotice suspensepayment statementimport"
    " paymentreturn suspenserefund adjustment ledgerentry billingmonth month money exemption report act",
    ActionGroup.DOCUMENTS: "order document letter file link delivery deliverychoice application writtenapplication"
    " announcement",
    ActionGroup.CALLS: "call calls heldcall callsource import reject calldailytotal channelpeak allowance",
    ActionGroup.CATALOGUE: "tariffplan planterms rate destination channelpackage channelprice minutepackage minuteprice"
    " serviceprice vatrate sipplatform movedday catalogue rerating",
}
_GROUP_OF = {noun: group for group, nouns in _NOUNS.items() for noun in nouns.split()}
_READING = "read"  # `document.read`: staff downloaded a file; such an action is a look at a file


def group_of(code: str) -> ActionGroup:
    """The group of an action's code (`payment.booked`)."""
    return _GROUP_OF.get(code.partition(".")[0], ActionGroup.OTHER)


def is_reading(code: str) -> bool:
    """Whether the action is the download of a file: the journal counts it among the looks."""
    return code.rpartition(".")[2] == _READING


def in_group(codes: Iterable[str], group: str) -> list[str]:
    """The codes of a group, without downloads of files."""
    return [code for code in codes if group_of(code) == group and not is_reading(code)]
