"""The roles of the staff and their exact permissions (4.2, 4.10): one table, shown at the desk as a matrix.

`services/roles.py` makes the groups of an installation equal to this table at each `migrate`. A permission of a new
page belongs to at least one role beside auditor and administrator: `test_roles.py` names those that do not.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.apps import apps
from django.contrib.auth import get_permission_codename
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Apps whose permissions the roles are made of; the rights of staff themselves (auth) stay with superusers.
APPS = ("accounts", "subscribers", "billing", "notifications", "announcements", "desk", "operator_profile")


def _all(action: str, models: str) -> frozenset[str]:
    """Permissions for an action (`view`, `add`, `change`) on models: `customer account` of the app before the colon."""
    app, names = models.split(":")
    return frozenset(f"{app}.{action}_{name}" for name in names.split())


def _view(*models: str) -> frozenset[str]:
    return frozenset[str]().union(*(_all("view", some) for some in models))


def _change(*models: str) -> frozenset[str]:
    """Viewing and changing, which includes the actions of the list."""
    return _view(*models).union(*(_all("change", some) for some in models))


def _delete(*models: str) -> frozenset[str]:
    return frozenset[str]().union(*(_all("delete", some) for some in models))


def _write(*models: str) -> frozenset[str]:
    """Viewing, adding and changing."""
    return _change(*models).union(*(_all("add", some) for some in models))


CUSTOMERS = _view(
    "accounts:customer account user signin session temporarypassword passwordrequest writtenapplication auditevent",
    "desk:staffnote",
)
NUMBERS = _view(
    "subscribers:subscriber serviceassignment channelassignment minuteassignment operation allowance channelpeak",
    "subscribers:staffrestriction numberrange numberhold",
    "subscribers:trunklimit trunkbar limitcrossing fraudalarm",
    "desk:plannedchange",
    "subscribers:sipaccount sipplatform provisioning provisioningjob switchtransfer",
)
CATALOGUE = (
    "subscribers:tariffplan planterms destination rate service serviceprice vatrate minutepackage minuteprice"
    " channelpackage channelprice"
)
MONEY = _view(
    "billing:invoice correction payment ledgerentry debt dunningnotice debtrestriction dunningexemption",
    "billing:paymentguarantee paymentreturn adjustment",
    "billing:suspensepayment suspenserefund statementimport documentorder document invoicemailing",
    "billing:deliverychoice movedday",
    "billing:reconciliationact",
)
CALLS = _view("subscribers:callrecord calldailytotal billingmonth heldcall")
LETTERS = _view("notifications:letter")
MONTHS = _view("billing:monthcalculation monthissue")
CLOSING = frozenset({"billing.close_month", "billing.close_despite_rejects"})
DIALLED = frozenset({"subscribers.view_dialled_numbers"})
# Proposing changes of money, and confirming those of others (4.12).
SECOND_PERSON = frozenset(f"billing.{code}_moneyproposal" for code in ("view", "add")) | {"billing.confirm_money"}
REPORTS = frozenset({"desk.view_reports"})
LOADING = frozenset({"desk.view_customerload", "desk.add_customerload"})  # customers from a file
VIEW_AS = frozenset({"accounts.view_as_customer"})


@dataclass(frozen=True, slots=True)
class RoleTerms:
    """A role: its stable code, its name, what it is for, and its exact permissions (`app.codename`)."""

    code: str
    name: Promise
    purpose: Promise
    permissions: frozenset[str]


def every() -> frozenset[str]:
    """All permissions of the desk's apps, Django's own and those that a model's Meta adds."""
    found: set[str] = set()
    for label in APPS:
        for model in apps.get_app_config(label).get_models():
            opts = model._meta
            found |= {f"{label}.{get_permission_codename(one, opts)}" for one in opts.default_permissions}
            found |= {f"{label}.{code}" for code, _name in opts.permissions}
    return frozenset(found)


def views() -> frozenset[str]:
    """Permissions that only show."""
    return frozenset(one for one in every() if one.split(".")[1].startswith("view_"))


def terms() -> Iterable[RoleTerms]:
    """The six roles, in the order of the matrix."""
    return (
        RoleTerms(
            "support",
            _("Поддержка"),
            _("Отвечает клиентам: находит всё о клиенте, высылает пароли и документы, подключает номера и услуги."),
            CUSTOMERS
            | NUMBERS
            | MONEY
            | CALLS
            | DIALLED
            | VIEW_AS
            | _view(CATALOGUE, "announcements:announcement")
            | _change("accounts:account user passwordrequest", "notifications:letter", "subscribers:sipaccount")
            | _change("billing:documentorder invoicemailing")
            | _write("subscribers:subscriber serviceassignment channelassignment minuteassignment staffrestriction")
            | _write("subscribers:numberhold", "desk:plannedchange")
            | _change("subscribers:trunklimit trunkbar fraudalarm")
            # Calls of a number that is not connected yet: whoever may connect it tries them again.
            | _change("subscribers:callreject")
            | LOADING
            | _write("accounts:writtenapplication", "desk:staffnote"),
        ),
        RoleTerms(
            "billing",
            _("Расчёты"),
            _("Ведёт деньги: выписки, платежи, гарантии, корректировки, долги; закрывает месяцы; правит реквизиты."),
            NUMBERS
            | MONEY
            | CALLS
            | CUSTOMERS
            | LETTERS
            | _view(CATALOGUE, "subscribers:rerating")
            | VIEW_AS
            | MONTHS
            | CLOSING
            | REPORTS
            | _write("accounts:customer account writtenapplication", "desk:staffnote", "subscribers:staffrestriction")
            | _write(
                "billing:payment statementimport correction deliverychoice movedday dunningexemption reconciliationact"
            )
            | _change("billing:paymentguarantee suspensepayment paymentreturn debtrestriction documentorder")
            | _change("billing:invoicemailing", "subscribers:heldcall")
            | _view("announcements:announcement")
            | SECOND_PERSON
            # Balances for accounts that others have opened; numbers stay with those who may connect them.
            | LOADING
            | {"desk.load_opening_balances"},
        ),
        RoleTerms(
            "catalogue",
            _("Каталог"),
            _("Ведёт планы, тарифы, услуги и пакеты; объявляет клиентам новые цены."),
            _write(CATALOGUE, "announcements:announcement", "subscribers:rerating")
            # Only rows that are not in force yet can be deleted (`DatedAdmin`).
            | _delete("subscribers:planterms rate serviceprice minuteprice channelprice vatrate")
            | _view("subscribers:subscriber billingmonth"),
        ),
        RoleTerms(
            "network",
            _("Сеть"),
            _("Принимает записи звонков, следит за коммутатором и параметрами SIP."),
            NUMBERS
            | CALLS
            | DIALLED
            | _write("subscribers:callsource callimport sipplatform numberrange numberhold")
            | frozenset({"subscribers.add_switchtransfer"})
            | _change("subscribers:callreject heldcall sipaccount provisioning provisioningjob")
            | _change("subscribers:trunklimit trunkbar fraudalarm")
            | _view("accounts:customer account", "subscribers:tariffplan destination rate service"),
        ),
        RoleTerms(
            "auditor",
            _("Аудитор"),
            _("Видит всё, что есть в кабинете оператора, и журнал; не меняет ничего."),
            views(),
        ),
        RoleTerms(
            "administrator",
            _("Администратор"),
            _("Может всё, кроме выдачи прав сотрудникам: права даёт суперпользователь."),
            every(),
        ),
    )
