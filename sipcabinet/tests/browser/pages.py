"""Every page that a person can see, by the name of its URL. A page that opens without arguments needs no row here."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Literal
from urllib.parse import quote

from django.conf import settings
from django.contrib import admin

from billing.selectors import payments
from sipcabinet.lib import clock
from sipcabinet.lib.periods import Month
from sipcabinet.tests.access.patterns import all_patterns
from sipcabinet.tests.access.table import TABLE, WHO
from sipcabinet.tests.browser.portal import Portal

Who = Literal["nobody", "owner", "staff", "viewer"]


@dataclass(frozen=True)
class Page:
    """`name` is the URL's name and, after a space, the state of the page; `status` is the expected HTTP status.

    A `viewer` is a person of the staff who views the first customer's account (4.9).
    """

    name: str
    who: Who
    path: Callable[[Portal], str]
    status: int = 200

    @property
    def url_name(self) -> str:
        return self.name.split()[0]

    @property
    def file_name(self) -> str:
        return self.name.replace(":", "-").replace(" ", "-")


def fixed(path: str) -> Callable[[Portal], str]:
    return lambda _portal: path


OWN = "account_id = (SELECT account_id FROM accounts_user WHERE phone = '{phone}')"


def found(path: str, sql: str) -> Callable[[Portal], str]:
    """A path with a value of the demo operator, found by SQL; OWN stands for the first customer's account."""

    def of(portal: Portal) -> str:
        phone = re.sub(r"[ -]", "", portal.demo["logins"][0]["phone"])
        row = portal.query(sql.format(own=OWN.format(phone=phone)))
        if row is None:
            raise LookupError(f"the demo operator has nothing for {path}")
        return path.format(quote(str(row), safe="/?=&"))

    return of


ACCOUNT = "SELECT account_id FROM accounts_user WHERE {own}"
TRUNK = "SELECT id FROM subscribers_subscriber WHERE kind = 'trunk' AND {own} ORDER BY id"
NUMBER = "SELECT id FROM subscribers_subscriber WHERE kind = 'number' AND {own} ORDER BY id"
ORDER = (
    "SELECT number FROM billing_documentorder o JOIN billing_orderletter t ON t.order_id = o.id"
    " JOIN notifications_letter l ON l.id = t.letter_id WHERE l.state = '{letter}' AND o.{own} ORDER BY o.id"
)
UNDELIVERED = "SELECT id FROM notifications_letter ORDER BY state = 'refused' DESC, id DESC"
GUARANTEE = "SELECT number FROM billing_paymentguarantee WHERE {own} ORDER BY id"
PAPER = "SELECT id FROM accounts_writtenapplication WHERE kind = '{}' ORDER BY (state = 'received') DESC, id"
OPERATION = (
    "SELECT '/subscribers/' || subscriber_id || '/operations/' || id || '/' FROM subscribers_operation"
    " WHERE {own} ORDER BY id"
)
# The URL of a step of the wizard of services, for a trunk and the services with these codes.
SERVICES = (
    "SELECT '/subscribers/' || ({trunk}) || '/services/{step}/?services=' || string_agg(id::text, '&services=')"
    " FROM subscribers_service WHERE code IN ({codes})"
)
SET = (
    "SELECT '/subscribers/' || subscriber_id || '/services/' || service_id || '/' FROM subscribers_serviceassignment"
    " WHERE {own} AND ended_at IS NULL AND parameters ? 'numbers' ORDER BY id"
)
INVOICE = "SELECT number FROM billing_invoice WHERE {own} ORDER BY month DESC"
# The most expensive line of calls in the newest invoice that has such a line.
INVOICE_LINE = (
    "SELECT '/invoices/' || i.number || '/lines/calls/' || c.key || '/' FROM billing_invoice i"
    " JOIN subscribers_charge c ON c.closing_id = i.closing_id AND c.kind = 'calls' AND c.late_of IS NULL"
    " WHERE i.{own} ORDER BY i.month DESC, c.net DESC"
)
OF_SUBSCRIBER = "subscribers/<int:pk>/"  # how routes of a subscriber's pages begin
THIS_MONTH = Month.current().code
LOCKED = "SELECT subscriber_id FROM subscribers_channelassignment WHERE locked_until > now() AND {own}"
CHANNELS = (
    "SELECT '/subscribers/' || s.id || '/channels/change/' || p.id || '/' FROM subscribers_subscriber s,"
    " subscribers_channelpackage p WHERE s.kind = 'trunk' AND s.{own} AND p.channels = 30 ORDER BY s.id"
)
LAST_MONTH = Month.current().shift(-1).code
TODAY, YEAR_AGO = clock.today(), payments.earliest()
LONG_AGO = Month.current().shift(-6).code


def wizard(step: str, *codes: str) -> Callable[[Portal], str]:
    """A step of the wizard of services for the first trunk, with the services of these codes chosen."""
    listed = ", ".join(f"'{code}'" for code in codes)
    return found("{}", SERVICES.format(trunk=f"{TRUNK} LIMIT 1", step=step, codes=listed))


PORTAL = [
    Page("accounts:sign_in", "nobody", fixed("/sign-in/")),
    Page("accounts:forgot", "nobody", fixed("/forgot-password/")),
    Page("accounts:forgot_sent", "nobody", fixed("/forgot-password/sent/")),
    Page("accounts:security", "owner", fixed("/security/")),
    Page("accounts:security staff", "staff", fixed("/security/")),
    Page("accounts:second_factor_off", "staff", fixed("/security/code/off/")),
    Page("accounts:recovery_codes", "staff", fixed("/security/code/recovery/")),
    Page("accounts:help", "owner", fixed("/help/")),
    Page("accounts:help nobody", "nobody", fixed("/help/")),
    Page("subscribers:select", "owner", fixed("/subscribers/")),
    Page("subscribers:select nothing-found", "owner", fixed("/subscribers/?phone=0000000")),
    Page("subscribers:operation", "owner", found("{}", OPERATION)),
    Page("subscribers:channels", "owner", found("/subscribers/{}/channels/", TRUNK)),
    Page("subscribers:channels locked", "owner", found("/subscribers/{}/channels/", LOCKED)),
    Page("subscribers:channels number", "owner", found("/subscribers/{}/channels/", NUMBER)),
    Page("subscribers:channels_review", "owner", found("{}", CHANNELS)),
    Page("subscribers:detail trunk", "owner", found("/subscribers/{}/", TRUNK)),
    Page("subscribers:detail number", "owner", found("/subscribers/{}/", NUMBER)),
    Page("subscribers:charges question", "owner", found("/subscribers/{}/charges/", TRUNK)),
    Page("subscribers:charges trunk", "owner", found(f"/subscribers/{{}}/charges/?month={LAST_MONTH}", TRUNK)),
    Page("subscribers:charges number", "owner", found(f"/subscribers/{{}}/charges/?month={THIS_MONTH}", NUMBER)),
    Page("subscribers:charges wrong", "owner", found("/subscribers/{}/charges/?month=1999-01", TRUNK)),
    Page("subscribers:services trunk", "owner", found("/subscribers/{}/services/", TRUNK)),
    Page("subscribers:services number", "owner", found("/subscribers/{}/services/", NUMBER)),
    Page("subscribers:services_add", "owner", found("/subscribers/{}/services/add/", TRUNK)),
    Page("subscribers:services_add wrong", "owner", found("/subscribers/{}/services/add/?services=x", NUMBER)),
    Page("subscribers:services_add_check parameters", "owner", wizard("add/check", "forward-all", "forward-busy")),
    Page("subscribers:services_add_check", "owner", wizard("add/check", "hide-caller-id", "bar-international")),
    Page("subscribers:services_remove_check", "owner", wizard("remove/check", "black-list", "monthly-detail")),
    Page("subscribers:service_set", "owner", found("{}", SET)),
    Page("subscribers:calls question", "owner", found("/subscribers/{}/calls/", TRUNK)),
    Page("subscribers:calls out", "owner", found(f"/subscribers/{{}}/calls/?month={LAST_MONTH}&kind=out", TRUNK)),
    Page("subscribers:calls in", "owner", found(f"/subscribers/{{}}/calls/?month={LAST_MONTH}&kind=in", NUMBER)),
    Page(
        "subscribers:calls nothing-found",
        "owner",
        found(f"/subscribers/{{}}/calls/?month={LAST_MONTH}&kind=out&number=0000000", TRUNK),
    ),
    Page(
        "subscribers:calls wrong-number",
        "owner",
        found(f"/subscribers/{{}}/calls/?month={LAST_MONTH}&kind=out&number=12", TRUNK),
    ),
    Page("subscribers:calls wrong", "owner", found("/subscribers/{}/calls/?month=1999-01&kind=out", TRUNK)),
    Page("subscribers:minutes trunk", "owner", found("/subscribers/{}/minutes/", TRUNK)),
    Page("subscribers:minutes last-month", "owner", found(f"/subscribers/{{}}/minutes/?month={LAST_MONTH}", TRUNK)),
    Page("subscribers:minutes wrong", "owner", found("/subscribers/{}/minutes/?month=1999-01", TRUNK)),
    Page("subscribers:minutes number", "owner", found("/subscribers/{}/minutes/", NUMBER)),
    Page(
        "subscribers:minutes_application_pdf wrong",
        "owner",
        found("/subscribers/{}/minutes/application/pdf/?action=connect", TRUNK),
    ),
    Page("subscribers:sip_parameters trunk", "owner", found("/subscribers/{}/sip/", TRUNK)),
    Page("subscribers:sip_parameters number", "owner", found("/subscribers/{}/sip/", NUMBER)),
    Page("billing:payment_list question", "owner", fixed("/payments/list/")),
    Page("billing:payment_list", "owner", fixed(f"/payments/list/?start={YEAR_AGO}&end={TODAY}")),
    Page("billing:payment_list nothing", "owner", fixed(f"/payments/list/?start={TODAY}&end={TODAY}")),
    Page("billing:payment_list wrong", "owner", fixed("/payments/list/?start=1.1.1999&end=x")),
    Page(
        "billing:call_detail_subscribers",
        "owner",
        fixed(f"/documents/call-detail/subscribers/?month={LAST_MONTH}&direction=out"),
    ),
    Page("billing:guarantee_register", "owner", fixed("/guarantees/register/")),
    Page("billing:guarantee_register wrong", "owner", fixed("/guarantees/register/?amount=x")),
    Page("billing:guarantee_review", "owner", fixed("/guarantees/register/review/?amount=0.01")),
    Page("billing:guarantee", "owner", found("/guarantees/{}/", GUARANTEE)),
    Page("billing:order done", "owner", found("/orders/{}/", ORDER.format(letter="done", own="{own}"))),
    Page("billing:order undelivered", "owner", found("/orders/{}/", ORDER.format(letter="refused", own="{own}"))),
    Page("billing:invoice", "owner", found("/invoices/{}/", INVOICE)),
    Page("billing:invoice_line", "owner", found("{}", INVOICE_LINE)),
    Page("billing:invoice_link", "owner", found("/documents/invoice-by-link/{}/", INVOICE)),
    Page("billing:delivery_review", "owner", fixed("/delivery/change/review/?method=self")),
    Page("billing:reconciliation question", "owner", fixed("/documents/reconciliation/")),
    Page("billing:reconciliation", "owner", fixed(f"/documents/reconciliation/?start={YEAR_AGO}&end={TODAY}")),
    Page("billing:reconciliation wrong", "owner", fixed("/documents/reconciliation/?start=1.1.1999&end=x")),
    Page("billing:download tampered", "owner", fixed("/d/12.wrong.signature/"), 404),
    Page("error 404", "owner", fixed("/nowhere/"), 404),
    Page("error 403", "owner", fixed("/admin/login/"), 403),
    Page("site:home viewer", "viewer", fixed("/")),
    Page("subscribers:calls viewer", "viewer", found(f"/subscribers/{{}}/calls/?month={LAST_MONTH}&kind=out", TRUNK)),
    Page("billing:order viewer", "viewer", found("/orders/{}/", ORDER.format(letter="done", own="{own}"))),
    Page("accounts:help viewer", "viewer", fixed("/help/")),
    Page("error 404 viewer", "viewer", fixed("/nowhere/"), 404),
    Page("demo:mailbox", "nobody", fixed("/demo/mailbox/")),
]

# URLs without a page to show, and the reason.
UNSEEN = {
    "site:health": "for machines",
    "site:alive": "for machines",
    "site:ready": "for machines",
    "site:security_txt": "plain text",
    "site:theme": "POST",
    "announcements:hide": "POST",
    "operator_profile:stylesheet": "a stylesheet",
    "operator_profile:logo": "a picture",
    "accounts:second_factor": "seen while staff sign in; a signed-in person is led on",
    "accounts:sign_out": "POST",
    "accounts:keep_alive": "for scripts",
    "accounts:end_other_sessions": "POST",
    "accounts:end_session": "POST",
    "subscribers:calls_export": "a file",
    "subscribers:charges_export": "a file",
    "subscribers:labels_export": "a file",
    "subscribers:sip_password": "POST; what it shows is looked at in its own tests",
    "billing:payment_list_export": "a file",
    "billing:invoice_file": "a file",
    "subscribers:service_application": "a file",
    "billing:correction_file": "a file",
    "billing:reconciliation_file": "a file",
    "billing:reconciliation_act": "a file",
    "billing:order_status": "a part of the order's page",
    "subscribers:operation_status": "a part of the operation's page",
    "billing:order_file": "a file",
    "billing:invoice_email": "POST",
    "billing:invoice_resend": "POST",
    "billing:invoice_download": "a file",
    "billing:order_resend": "POST",
}


def plain() -> list[Page]:
    """Pages without a row above that answer the owner with 200: URLs without arguments, and pages of a subscriber.

    Other pages need a row, because only a row can give values for their arguments.
    """
    elsewhere = {page.url_name for page in PORTAL} | {*UNSEEN}
    answering = {name for name, row in TABLE.items() if row.get[WHO.index("owner")] == "200"}
    found_pages = []
    for pattern in all_patterns():
        if pattern.name in answering - elsewhere:
            if not pattern.arguments:
                found_pages.append(Page(pattern.name, "owner", fixed(f"/{pattern.route}")))
            elif pattern.arguments == ("pk",) and pattern.route.startswith(OF_SUBSCRIBER):
                path = "/" + pattern.route.replace(OF_SUBSCRIBER, "subscribers/{}/")
                found_pages.append(Page(pattern.name, "owner", found(path, TRUNK)))
    return found_pages


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
    for name in ("revenue", "customers", "debt", "calls", "trunks"):
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
    from sipcabinet.tests.browser.catalogue_pages import catalogue  # which imports this module

    found_pages += catalogue()
    from sipcabinet.tests.browser.import_pages import imports

    found_pages += imports()
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


def pages() -> list[Page]:
    return PORTAL + plain() + desk()
