"""The expected answer of every URL for every user, written by hand. HEAD answers as GET; PUT, PATCH and DELETE never
answer 200.

Redirects: `login` to the sign-in page, `second` to the second factor, `admin` to the operator's desk,
`desk_login` to the desk's sign-in, `302` to another page. An object of another account gives 404, like a missing
object. `a|b`: either.
"""

from typing import NamedTuple

from sipcabinet.lib import clock
from sipcabinet.lib.periods import Month

WHO = ("nobody", "owner", "other", "staff", "clerk", "unproven")
SIX = tuple[str, str, str, str, str, str]


class Row(NamedTuple):
    """Expected answers in the order of WHO."""

    get: SIX
    post: SIX


def same(answer: str) -> SIX:
    return (answer,) * 6


NO: SIX = same("405")
# Pages of an account: staff have no account.
OWN: SIX = ("login", "200", "200", "403", "403", "403")
THEIRS: SIX = ("login", "200", "404", "403", "403", "403")
# A later step of a wizard, requested without the answers of earlier steps: redirects to the first step.
THEIRS_ON: SIX = ("login", "302", "404", "403", "403", "403")
# Pages of a login: the same for customers and staff.
LOGIN: SIX = ("login", "200", "200", "200", "200", "200")

TABLE: dict[str, Row] = {
    "site:home": Row(("login", "200", "200", "admin", "admin", "admin"), ("login|405",) + ("405",) * 5),
    "site:health": Row(same("200"), NO),
    "site:alive": Row(same("200"), NO),
    # The tests have no partitions of the coming months.
    "site:ready": Row(same("200|503"), NO),
    "site:security_txt": Row(same("200"), NO),
    "subscribers:call_records": Row(NO, same("401")),
    # Without the secret of a link there is nothing, for whoever asks.
    "subscribers:phone_settings": Row(same("404"), NO),
    "site:theme": Row(NO, same("302")),
    "operator_profile:stylesheet": Row(same("200"), NO),
    "operator_profile:logo": Row(same("404"), NO),  # the environment's face has no logo
    "accounts:sign_in": Row(
        ("200", "302", "302", "admin", "admin", "admin"), ("200", "302", "302", "admin", "admin", "admin")
    ),
    "accounts:second_factor": Row(
        ("login", "302", "302", "admin", "admin", "302"), ("login", "302", "302", "admin", "admin", "302")
    ),
    "accounts:sign_out": Row(NO, same("login")),
    "accounts:keep_alive": Row(("401",) + ("204",) * 5, ("401",) + ("204",) * 5),
    "accounts:forgot": Row(same("200"), same("200")),
    "accounts:forgot_sent": Row(same("200"), NO),
    "accounts:password_change": Row(LOGIN, LOGIN),
    "accounts:security": Row(LOGIN, ("login|405",) + ("405",) * 5),
    "accounts:end_other_sessions": Row(("login|405",) + ("405",) * 5, ("login",) + ("302",) * 5),
    "accounts:end_session": Row(("login|405",) + ("405",) * 5, ("login", "302", "404", "404", "404", "404")),
    "accounts:second_factor_on": Row(
        ("login", "200", "200", "302", "302", "200"), ("login", "200", "200", "302", "302", "200")
    ),
    "accounts:second_factor_off": Row(
        ("login", "302", "302", "200", "200", "302"), ("login", "302", "302", "200", "200", "302")
    ),
    "accounts:recovery_codes": Row(
        ("login", "302", "302", "200", "200", "302"), ("login", "302", "302", "200", "200", "302")
    ),
    "accounts:journal": Row(OWN, ("login|405",) + ("405",) * 5),
    "accounts:help": Row(same("200"), NO),
    "announcements:hide": Row(("login|405",) + ("405",) * 5, ("login", "302", "404", "403", "403", "403")),
    "subscribers:select": Row(OWN, ("login|405",) + ("405",) * 5),
    "subscribers:detail": Row(THEIRS, ("login|405",) + ("405",) * 5),
    "subscribers:label": Row(THEIRS, ("login", "302", "404", "403", "403", "403")),
    "subscribers:labels_import": Row(OWN, OWN),
    "subscribers:labels_export": Row(OWN, ("login|405",) + ("405",) * 5),
    "subscribers:charges": Row(THEIRS, ("login|405",) + ("405",) * 5),
    "subscribers:charges_export": Row(THEIRS, ("login|405",) + ("405",) * 5),
    "subscribers:calls": Row(THEIRS, ("login|405",) + ("405",) * 5),
    "subscribers:calls_export": Row(THEIRS, ("login|405",) + ("405",) * 5),
    "subscribers:channels": Row(THEIRS, ("login|405",) + ("405",) * 5),
    "subscribers:channels_change": Row(THEIRS, THEIRS),
    "subscribers:channels_review": Row(THEIRS, ("login", "302", "404", "403", "403", "403")),
    "subscribers:limits": Row(THEIRS, ("login|405",) + ("405",) * 5),
    "subscribers:limits_change": Row(THEIRS, THEIRS),
    # Nothing is barred there: the page of the question leads back.
    "subscribers:limits_lift": Row(
        ("login", "302", "404", "403", "403", "403"), ("login", "200", "404", "403", "403", "403")
    ),
    # Packages of minutes need a written application, so a POST is refused to everybody (2.4).
    "subscribers:minutes": Row(THEIRS, ("login", "403", "404", "403", "403", "403")),
    "subscribers:minutes_application": Row(THEIRS, ("login|405",) + ("405",) * 5),
    "subscribers:minutes_application_pdf": Row(THEIRS, ("login|405",) + ("405",) * 5),
    "subscribers:services": Row(THEIRS, ("login|405",) + ("405",) * 5),
    "subscribers:services_add": Row(THEIRS, THEIRS),
    "subscribers:services_add_check": Row(THEIRS_ON, THEIRS_ON),
    "subscribers:services_remove": Row(THEIRS, THEIRS),
    "subscribers:services_remove_check": Row(THEIRS_ON, THEIRS_ON),
    "subscribers:service_set": Row(THEIRS, THEIRS),
    "subscribers:service_application": Row(THEIRS, ("login|405",) + ("405",) * 5),
    "subscribers:operation": Row(THEIRS, ("login|405",) + ("405",) * 5),
    "subscribers:operation_status": Row(THEIRS, ("login|405",) + ("405",) * 5),
    "subscribers:sip_parameters": Row(THEIRS, ("login|405",) + ("405",) * 5),
    "subscribers:sip_password": Row(
        ("login", "302", "404", "403", "403", "403"), ("login", "200", "404", "403", "403", "403")
    ),
    "subscribers:sip_password_change": Row(THEIRS, THEIRS),
    "subscribers:sip_settings": Row(THEIRS, THEIRS),
    "subscribers:sip_phones": Row(THEIRS, ("login|405",) + ("405",) * 5),
    "subscribers:sip_phone_add": Row(THEIRS, THEIRS),
    "subscribers:sip_phone_withdraw": Row(("login|405",) + ("405",) * 5, ("login", "302", "404", "403", "403", "403")),
    "billing:payments": Row(OWN, ("login|405",) + ("405",) * 5),
    "billing:payment_list": Row(OWN, ("login|405",) + ("405",) * 5),
    "billing:payment_list_export": Row(OWN, ("login|405",) + ("405",) * 5),
    "billing:account": Row(OWN, ("login|405",) + ("405",) * 5),
    "billing:call_detail": Row(OWN, OWN),
    "billing:call_detail_subscribers": Row(
        ("login", "302", "302", "403", "403", "403"), ("login", "302", "302", "403", "403", "403")
    ),
    "billing:orders": Row(OWN, ("login|405",) + ("405",) * 5),
    "billing:order": Row(THEIRS, ("login|405",) + ("405",) * 5),
    "billing:order_status": Row(THEIRS, ("login|405",) + ("405",) * 5),
    "billing:order_file": Row(THEIRS, ("login|405",) + ("405",) * 5),
    "billing:order_resend": Row(("login|405",) + ("405",) * 5, ("login", "302", "404", "403", "403", "403")),
    "billing:guarantee_list": Row(OWN, ("login|405",) + ("405",) * 5),
    # A customer without debts has nothing to promise: the page says so without a form, and refuses a POST.
    "billing:guarantee_register": Row(OWN, ("login", "200", "409", "403", "403", "403")),
    "billing:guarantee_review": Row(
        ("login", "302", "200", "403", "403", "403"), ("login", "302", "302", "403", "403", "403")
    ),
    "billing:guarantee": Row(THEIRS, ("login|405",) + ("405",) * 5),
    "billing:invoices": Row(OWN, ("login|405",) + ("405",) * 5),
    "billing:invoice": Row(THEIRS, ("login|405",) + ("405",) * 5),
    "billing:invoice_line": Row(THEIRS, ("login|405",) + ("405",) * 5),
    "billing:invoice_file": Row(THEIRS, ("login|405",) + ("405",) * 5),
    "billing:correction_file": Row(THEIRS, ("login|405",) + ("405",) * 5),
    "billing:reconciliation": Row(OWN, ("login|405",) + ("405",) * 5),
    "billing:reconciliation_act": Row(THEIRS, ("login|405",) + ("405",) * 5),
    "billing:reconciliation_file": Row(OWN, ("login|405",) + ("405",) * 5),
    "billing:invoice_by_email": Row(OWN, OWN),
    "billing:invoice_email": Row(("login|405",) + ("405",) * 5, ("login", "302", "404", "403", "403", "403")),
    "billing:invoice_by_link": Row(OWN, OWN),
    "billing:invoice_link": Row(THEIRS, ("login|405",) + ("405",) * 5),
    "billing:invoice_download": Row(THEIRS, ("login|405",) + ("405",) * 5),
    "billing:invoice_resend": Row(("login|405",) + ("405",) * 5, ("login", "302", "404", "403", "403", "403")),
    "billing:current_charges": Row(OWN, OWN),
    "billing:delivery": Row(OWN, ("login|405",) + ("405",) * 5),
    "billing:delivery_change": Row(OWN, OWN),
    "billing:delivery_what": Row(OWN, OWN),
    "billing:delivery_addresses": Row(OWN, ("login|405",) + ("405",) * 5),
    "billing:delivery_review": Row(("login", "302", "302", "403", "403", "403"), OWN),
    "billing:download": Row(THEIRS, ("login|405",) + ("405",) * 5),
}

# One rule for every page of the operator's desk: only staff with a second factor get in. Tests of the desk check the
# rights of staff on each page (sipcabinet/site/tests/).
_BEHIND = "200|302|admin|400|403|404|405"
_DESK: SIX = ("desk_login", "desk_login", "desk_login", _BEHIND, _BEHIND, "desk_login")
ADMIN = Row(_DESK, _DESK)
_CUSTOMER_AT_DESK_LOGIN = ("login", "403", "403", "admin|second", "admin|second", "second")
# The desk uses the portal's «Выйти»: only by POST, which redirects to the sign-in page.
_OUT_GET = ("admin", "admin", "admin", "405", "405", "desk_login|admin")
_OUT = ("admin", "admin", "admin", "login", "login", "desk_login|admin")
TABLE["admin:logout"] = Row(_OUT_GET, _OUT)
TABLE["admin:login"] = Row(_CUSTOMER_AT_DESK_LOGIN, _CUSTOMER_AT_DESK_LOGIN)

# Query strings of pages that do not answer without one.
QUERIES = {
    "billing:reconciliation_file": f"?start={clock.today()}&end={clock.today()}&format=xlsx",
    "billing:payment_list_export": f"?start={clock.today()}&end={clock.today()}&format=csv",
    "subscribers:calls_export": f"?month={Month.current().code}&kind=out&format=csv",
    "subscribers:charges_export": f"?month={Month.current().code}&format=csv",
}
