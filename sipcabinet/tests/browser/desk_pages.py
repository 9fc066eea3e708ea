"""Pages of the operator's desk that tests look at."""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from urllib.parse import quote

from django.conf import settings
from django.contrib import admin

from sipcabinet.tests.browser.catalogue_pages import catalogue
from sipcabinet.tests.browser.import_pages import imports
from sipcabinet.tests.browser.limit_pages import limits_at_the_desk
from sipcabinet.tests.browser.page import (
    ACCOUNT,
    LAST_MONTH,
    PAPER,
    THIS_MONTH,
    TODAY,
    TRANSFER,
    TRUNK,
    UNDELIVERED,
    YEAR_AGO,
    Page,
    fixed,
    found,
)
from sipcabinet.tests.browser.portal import Portal

# What is typed into the desk's search, by the state of its page.
SEARCHES = {
    "numbers": "711",
    "name": "ооо",
    "mistyped": "севреный",
    "empty": "",
    "short": "7",
    "nothing-found": "нет такого",
}


# Pages of the operator's face; without a draft the steps that check one lead to the form.
FACE = {
    "desk_face": "",
    "desk_face_edit": "edit/",
    "desk_requisites_edit": "requisites/edit/",
    "desk_face_preview sign-in": "preview/sign-in/",
    "desk_face_preview cabinet": "preview/cabinet/",
}


# The open month with its preliminary review, and the last closed one.
MONTHS = {
    "desk_months": "",
    "desk_month": f"{THIS_MONTH}/",
    "desk_month closed": f"{LAST_MONTH}/",
    "desk_month_close refused": f"{THIS_MONTH}/close/",
    "desk_month_accounts": f"{THIS_MONTH}/accounts/",
    "desk_month_letters": f"{LAST_MONTH}/letters/",
}


def desk() -> list[Page]:
    """Pages of the operator's desk: its index, and each model's list, «add» page and page of the first row."""
    import_module(settings.ROOT_URLCONF)  # registers the desk's pages
    found_pages = [
        Page("admin:index", "staff", fixed("/admin/")),
        Page("admin:tables", "staff", fixed("/admin/tables/")),
        Page("admin:desk_view_as", "staff", found("/admin/view-as/{}/", ACCOUNT)),
    ]
    found_pages += pool_pages()
    found_pages.append(Page("admin:desk_announcements", "staff", fixed("/admin/announcements/")))
    found_pages.append(Page("admin:desk_announcement_new", "staff", fixed("/admin/announcements/new/")))
    found_pages.append(Page("admin:subscribers_doubled_calls", "staff", fixed("/admin/subscribers/doubled-calls/")))
    for state, query in SEARCHES.items():
        found_pages.append(Page(f"admin:search {state}", "staff", fixed(f"/admin/search/?stay=1&q={quote(query)}")))
    found_pages += [
        Page("admin:desk_applications", "staff", fixed("/admin/applications/")),
        Page("admin:desk_applications all", "staff", fixed("/admin/applications/?state=all")),
        Page("admin:desk_applications wrong", "staff", fixed("/admin/applications/?account=1&since=x")),
        Page("admin:desk_application_add", "staff", fixed("/admin/applications/add/?account=400100017&kind=email")),
        *(
            Page(f"admin:desk_application {kind}", "staff", found("/admin/applications/{}/", PAPER.format(kind)))
            for kind in ("minutes", "service", "email", "cabinet", "port_out", "plan")
        ),
    ]
    event = "SELECT id FROM accounts_auditevent ORDER BY (details ? 'changes') DESC, id DESC LIMIT 1"
    found_pages.append(Page("admin:desk_debtors", "staff", fixed("/admin/debtors/")))
    found_pages.append(Page("admin:desk_debtors wrong", "staff", fixed("/admin/debtors/?state=x")))
    found_pages.append(Page("admin:desk_acts", "staff", fixed("/admin/acts/")))
    found_pages.append(Page("admin:desk_acts none", "staff", fixed("/admin/acts/?state=failed")))
    found_pages.append(Page("admin:desk_acts_send", "staff", fixed("/admin/acts/send/")))
    found_pages.append(Page("admin:desk_reports", "staff", fixed("/admin/reports/")))
    for name in ("revenue", "customers", "debt", "past-debt", "calls", "trunks"):
        found_pages.append(Page(f"admin:desk_report {name}", "staff", fixed(f"/admin/reports/{name}/")))
    found_pages.append(
        Page("admin:desk_report wrong", "staff", fixed("/admin/reports/calls/?first=2020-01&last=2026-10"))
    )
    found_pages.append(Page("admin:desk_debtors none", "staff", fixed("/admin/debtors/?text=zzz&age=90")))
    found_pages.append(Page("admin:desk_journal", "staff", fixed("/admin/journal/")))
    found_pages.append(Page("admin:desk_journal wrong", "staff", fixed("/admin/journal/?text=a&start=1.1.1999")))
    found_pages.append(Page("admin:desk_journal_event", "staff", found("/admin/journal/events/{}/", event)))
    for name, path in MONTHS.items():
        found_pages.append(Page(f"admin:{name}", "staff", fixed(f"/admin/months/{path}")))
    for name, path in FACE.items():
        found_pages.append(Page(f"admin:{name}", "staff", fixed(f"/admin/face/{path}")))
    found_pages += customer_pages()
    found_pages += catalogue()
    found_pages += imports()
    found_pages += limits_at_the_desk()
    pending = "SELECT id FROM billing_paymentguarantee ORDER BY state = 'pending' DESC, id"
    decide = found("/admin/billing/paymentguarantee/{}/decide/", pending)
    found_pages.append(Page("admin:billing_paymentguarantee_decide", "staff", decide))
    found_pages += money_pages()
    for model in admin.site._registry:
        name, table = f"{model._meta.app_label}_{model._meta.model_name}", model._meta.db_table
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        its = admin.site.get_model_admin(model)
        found_pages.append(Page(f"admin:{name}_changelist", "staff", fixed(path)))
        if its.list_display_links is not None:
            first = partial(_first_row, path, table, str(model._meta.pk.column))
            found_pages.append(Page(f"admin:{name}_change", "staff", first))
        if its.has_add_permission(_Anyone()):  # type: ignore[arg-type]
            found_pages.append(Page(f"admin:{name}_add", "staff", fixed(f"{path}add/")))
    return found_pages


def customer_pages() -> list[Page]:
    """The page of the first customer, and the pages of its actions."""
    own = "a.id = (SELECT account_id FROM subscribers_subscriber WHERE {own} LIMIT 1)"
    letter = "JOIN notifications_letter l ON l.account_id = a.id"
    subscriber = "JOIN subscribers_subscriber s ON s.account_id = a.id"
    login, invoice = "JOIN accounts_user u ON u.account_id = a.id", "JOIN billing_invoice i ON i.account_id = a.id"

    def of(part: str, row: str, ending: str, join: str = "", order: str = "") -> Callable[[Portal], str]:
        sql = f"SELECT a.customer_id || '/{part}/' || {row} || '/{ending}' FROM accounts_account a {join}"
        return found("/admin/customers/{}", f"{sql} WHERE {own} {order}")

    page = f"SELECT a.customer_id FROM accounts_account a WHERE {own}"
    return [
        Page("admin:desk_customer", "staff", found("/admin/customers/{}/", page)),
        Page("admin:desk_customer_notes", "staff", found("/admin/customers/{}/notes/", page)),
        Page("admin:desk_customer_restrict", "staff", of("accounts", "a.id", "restrict/")),
        Page("admin:desk_customer_connect", "staff", of("accounts", "a.id", "connect/")),
        Page("admin:desk_customer_close", "staff", of("accounts", "a.id", "close/")),
        Page("admin:desk_customer_reopen", "staff", of("accounts", "a.id", "reopen/")),
        Page("admin:desk_customer_suspend", "staff", of("accounts", "a.id", "suspend/")),
        Page("admin:desk_customer_plan", "staff", of("numbers", "s.id", "plan/", subscriber)),
        Page("admin:desk_customer_disconnect", "staff", of("numbers", "s.id", "disconnect/", subscriber)),
        Page("admin:desk_customer_lift", "staff", of("accounts", "a.id", "lift/")),
        Page("admin:desk_customer_lift_debt", "staff", of("accounts", "a.id", "lift-debt/")),
        Page("admin:desk_customer_exempt", "staff", of("accounts", "a.id", "exempt/")),
        Page("admin:desk_customer_exempt_end", "staff", of("accounts", "a.id", "exempt/end/")),
        Page("admin:desk_customer_password", "staff", of("logins", "u.id", "password/", login)),
        Page("admin:desk_customer_sessions", "staff", of("logins", "u.id", "sessions/", login)),
        Page("admin:desk_customer_letter", "staff", of("letters", "l.id", "again/", letter, "ORDER BY l.id DESC")),
        Page("admin:desk_letter_again", "staff", found("/admin/letters/{}/again/", UNDELIVERED)),
        Page("admin:desk_customer_invoice", "staff", of("invoices", "i.id", "send/", invoice, "ORDER BY i.month DESC")),
        Page(
            "admin:desk_customer_reconciliation",
            "staff",
            of("accounts", "a.id", f"reconciliation/?start={YEAR_AGO}&end={TODAY}"),
        ),
    ]


def money_pages() -> list[Page]:
    """Changes of money: their forms, a proposal that waits, a debit of the bank; their list."""
    payment = "SELECT id FROM billing_payment ORDER BY amount DESC"
    debtor = "SELECT account_id FROM billing_ledgerentry GROUP BY account_id ORDER BY sum(amount)"
    richest = f"{debtor} DESC"
    invoice = "SELECT id FROM billing_invoice WHERE {own} ORDER BY month DESC"
    waiting = "SELECT id FROM billing_moneyproposal WHERE state = 'waiting' ORDER BY id"
    debit = "SELECT id FROM billing_paymentreturn ORDER BY state DESC, id"
    rows = {
        "payment_move": ("payments/{}/move/", payment),
        "payment_reverse": ("payments/{}/reverse/", payment),
        "refund": ("accounts/{}/refund/", richest),
        "write_off": ("accounts/{}/write-off/", debtor),
        "correct": ("invoices/{}/correct/", invoice),
        "proposal": ("proposals/{}/", waiting),
        "return": ("returns/{}/", debit),
        "return_recalled": ("returns/{}/recalled/", debit),
        "return_refunded": ("returns/{}/refunded/", debit),
    }
    named = [
        Page(f"admin:desk_{name}", "staff", found(f"/admin/money/{path}", sql)) for name, (path, sql) in rows.items()
    ]
    return [
        *named,
        Page("admin:desk_proposals", "staff", fixed("/admin/money/proposals/")),
        Page("admin:desk_proposals all", "staff", fixed("/admin/money/proposals/?state=all")),
    ]


def pool_pages() -> list[Page]:
    """The pool of numbers: its ranges, one of them, and a number of each state (4.13)."""
    largest = "SELECT id FROM subscribers_numberrange ORDER BY first LIMIT 1 OFFSET 1"
    held = "SELECT substr(phone, 2) FROM subscribers_numberhold WHERE kind = '{}' ORDER BY id"
    number = "/admin/pool/numbers/{}/"
    return [
        Page("admin:desk_new_customer", "staff", fixed("/admin/customers/new/")),
        Page("admin:desk_new_customer_step contract", "staff", fixed("/admin/customers/new/draft/contract/")),
        Page("admin:desk_new_customer_step trunk", "staff", fixed("/admin/customers/new/draft/trunk/")),
        Page("admin:desk_new_customer_step cabinet", "staff", fixed("/admin/customers/new/draft/cabinet/")),
        Page("admin:desk_new_customer_review", "staff", fixed("/admin/customers/new/draft/review/")),
        Page("admin:desk_planned", "staff", fixed("/admin/planned/")),
        Page("admin:desk_switch", "staff", found("/admin/switch/?{}", TRANSFER)),
        Page("admin:desk_switch_transfer", "staff", fixed("/admin/switch/transfer/")),
        Page("admin:desk_switch_trunk", "staff", found("/admin/switch/{}/", TRUNK)),
        Page("admin:desk_pool", "staff", fixed("/admin/pool/")),
        Page("admin:desk_pool_add", "staff", fixed("/admin/pool/add/")),
        Page("admin:desk_pool_load", "staff", fixed("/admin/pool/load/")),
        Page("admin:desk_pool_range", "staff", found("/admin/pool/{}/", largest)),
        Page("admin:desk_pool_range wrong", "staff", found("/admin/pool/{}/?pattern=abc", largest)),
        Page("admin:desk_pool_number free", "staff", fixed("/admin/pool/numbers/375447112001/")),
        Page("admin:desk_pool_number used", "staff", fixed("/admin/pool/numbers/375447112030/")),
        Page("admin:desk_pool_number reserved", "staff", found(number, held.format("reserved"))),
        Page("admin:desk_pool_number quarantine", "staff", found(number, held.format("quarantine"))),
    ]


class _Anyone:
    """A request of a user with all rights."""

    class user:  # noqa: N801
        is_superuser = True

        @staticmethod
        def has_perm(_permission: str) -> bool:
            return True


def _first_row(path: str, table: str, key: str, portal: Portal) -> str:
    row = portal.query(f"SELECT {key} FROM {table} ORDER BY {key}")
    return f"{path}{row}/change/" if row is not None else path
