"""Every page that a person can see, by the name of its URL. A page that opens without arguments needs no row here."""

from collections.abc import Callable

from sipcabinet.tests.access.patterns import all_patterns
from sipcabinet.tests.access.table import TABLE, WHO
from sipcabinet.tests.browser.desk_pages import desk
from sipcabinet.tests.browser.limit_pages import limits_of_customers
from sipcabinet.tests.browser.page import (
    CHANNELS,
    GUARANTEE,
    INVOICE,
    INVOICE_LINE,
    LAST_MONTH,
    LOCKED,
    NUMBER,
    OF_SUBSCRIBER,
    OPERATION,
    ORDER,
    PHONE_LINKS,
    SERVICES,
    SET,
    THIS_MONTH,
    TODAY,
    TRUNK,
    YEAR_AGO,
    Page,
    fixed,
    found,
)
from sipcabinet.tests.browser.portal import Portal


def wizard(step: str, *codes: str) -> Callable[[Portal], str]:
    """A step of the wizard of services for the first trunk, with the services of these codes chosen."""
    listed = ", ".join(f"'{code}'" for code in codes)
    return found("{}", SERVICES.format(trunk=f"{TRUNK} LIMIT 1", step=step, codes=listed))


PORTAL = [
    *limits_of_customers(),
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
    Page("subscribers:sip_phones", "owner", found("/subscribers/{}/sip/phones/", PHONE_LINKS)),
    Page("subscribers:sip_phone_add", "owner", found("/subscribers/{}/sip/phones/add/", TRUNK)),
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
    "subscribers:call_records": "for switches",
    "subscribers:phone_settings": "for telephones",
    "subscribers:sip_phone_withdraw": "POST",
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


def pages() -> list[Page]:
    return PORTAL + plain() + desk()
