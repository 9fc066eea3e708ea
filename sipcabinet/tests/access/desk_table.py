"""Who of the staff may open which page of the desk, written by hand (4.2, 4.10).

Roles by letters: s support, b billing, c catalogue, n network, a auditor, r administrator. A role that is not named
gets 403, whatever the method. A row of PAGES has two words: who may open the page, and who may send its form.
"""

ROLES = {"s": "support", "b": "billing", "c": "catalogue", "n": "network", "a": "auditor", "r": "administrator"}
ALL = "sbcnar"

# Django's tables: who sees the list and a row, and who adds a row on Django's form.
TABLES = {
    "accounts_customer": ("sbnar", "br"),
    "accounts_account": ("sbnar", "br"),
    "accounts_user": ("sbar", ""),  # only superusers add people
    "accounts_signin": ("sbar", ""),
    "accounts_session": ("sbar", ""),
    "accounts_temporarypassword": ("sbar", ""),
    "accounts_passwordrequest": ("sbar", ""),
    "accounts_auditevent": ("sbar", ""),
    "accounts_writtenapplication": ("sbar", ""),
    "auth_group": ("", ""),  # only superusers
    "notifications_letter": ("sbar", ""),
    "subscribers_subscriber": ("sbcnar", "sr"),
    "subscribers_serviceassignment": ("sbnar", ""),
    "subscribers_channelassignment": ("sbnar", ""),
    "subscribers_minuteassignment": ("sbnar", ""),
    "subscribers_operation": ("sbnar", ""),
    "subscribers_allowance": ("sbnar", ""),
    "subscribers_channelpeak": ("sbnar", ""),
    "subscribers_sipaccount": ("sbnar", ""),
    "subscribers_provisioning": ("sbnar", ""),
    "subscribers_provisioningjob": ("sbnar", ""),
    "subscribers_staffrestriction": ("sbnar", ""),
    "subscribers_sipplatform": ("sbnar", "nr"),
    "subscribers_calldailytotal": ("sbnar", ""),
    "subscribers_billingmonth": ("sbcnar", ""),
    "subscribers_callsource": ("nar", "nr"),
    "subscribers_callimport": ("nar", "nr"),
    "subscribers_callreject": ("nar", ""),
    "subscribers_tariffplan": ("sbcnar", "cr"),
    "subscribers_planterms": ("sbcar", "cr"),
    "subscribers_destination": ("sbcnar", "cr"),
    "subscribers_rate": ("sbcnar", "cr"),
    "subscribers_service": ("sbcnar", "cr"),
    "subscribers_serviceprice": ("sbcar", "cr"),
    "subscribers_vatrate": ("sbcar", "cr"),
    "subscribers_minutepackage": ("sbcar", "cr"),
    "subscribers_minuteprice": ("sbcar", "cr"),
    "subscribers_channelpackage": ("sbcar", "cr"),
    "subscribers_channelprice": ("sbcar", "cr"),
    "billing_invoice": ("sbar", ""),
    "billing_correction": ("sbar", ""),
    "billing_payment": ("sbar", "br"),
    "billing_ledgerentry": ("sbar", ""),
    "billing_debt": ("sbar", ""),
    "billing_dunningnotice": ("sbar", ""),
    "billing_debtrestriction": ("sbar", ""),
    "billing_paymentguarantee": ("sbar", ""),
    "billing_paymentreturn": ("sbar", ""),
    "billing_suspensepayment": ("sbar", ""),
    "billing_statementimport": ("sbar", "br"),
    "billing_documentorder": ("sbar", ""),
    "billing_document": ("sbar", ""),
    "billing_invoicemailing": ("sbar", ""),
    "billing_deliverychoice": ("sbar", "br"),
    "billing_movedday": ("sbar", "br"),
}

# Rows of dated prices are deleted while they are not in force; the world's row of the other prices is in force.
DELETED = {"subscribers_planterms": "cr", "subscribers_rate": "cr", "subscribers_minuteprice": "cr"}

# The desk's own pages: who opens the page, who sends its form.
PAGES = {
    "index": (ALL, ALL),
    "tables": (ALL, ALL),
    "search": (ALL, ALL),
    "desk_roles": (ALL, ALL),
    "desk_queue_next": (ALL, ALL),
    "desk_customer": ("sbnar", "sbnar"),
    "desk_customer_notes": ("sbar", "sbr"),
    "desk_customer_note_strike": ("sbr", "sbr"),
    "desk_customer_restrict": ("sbr", "sbr"),
    "desk_customer_lift": ("sbr", "sbr"),
    "desk_customer_lift_debt": ("br", "br"),
    "desk_customer_exempt": ("br", "br"),
    "desk_customer_exempt_end": ("br", "br"),
    "desk_debtors": ("sbar", "sbar"),
    "desk_reports": ("bar", "bar"),
    "desk_report": ("bar", "bar"),
    "desk_customer_reconciliation": ("sbar", "sbar"),
    "desk_customer_password": ("sr", "sr"),
    "desk_customer_sessions": ("sr", "sr"),
    "desk_customer_invoice": ("sbr", "sbr"),
    "desk_applications": ("sbar", "sbar"),
    "desk_application": ("sbar", "sbr"),
    "desk_application_add": ("sbr", "sbr"),
    "desk_application_scan": ("sbar", "sbar"),
    "desk_announcements": ("sbcar", "sbcar"),
    "desk_announcement": ("sbcar", "cr"),
    "desk_announcement_new": ("cr", "cr"),
    "desk_announcement_change": ("cr", "cr"),
    "desk_journal": ("sbar", "sbar"),
    "desk_journal_export": ("sbar", "sbar"),
    "desk_journal_event": ("sbar", "sbar"),
    "desk_journal_look": ("sbar", "sbar"),
    "desk_view_as": ("sbar", "sbar"),
    "desk_view_as_end": (ALL, ALL),
    "desk_face": ("r", "r"),
    "desk_face_edit": ("r", "r"),
    "desk_face_put": ("r", "r"),
    "desk_face_discard": ("r", "r"),
    "desk_face_take": ("r", "r"),
    "desk_face_preview": ("r", "r"),
    "desk_face_stylesheet": ("r", "r"),
    "desk_face_picture": ("r", "r"),
    "desk_requisites_edit": ("r", "r"),
    "desk_requisites_put": ("r", "r"),
    "desk_requisites_discard": ("r", "r"),
    "desk_requisites_withdraw": ("r", "r"),
    "subscribers_calls": ("sbnar", "sbnar"),
    "subscribers_doubled_calls": ("sbnar", "nr"),
    "subscribers_minutes": ("sr", "sr"),
    "subscribers_channelassignment_of_trunk": ("sr", "sr"),
    "subscribers_serviceassignment_of_subscriber": ("sr", "sr"),
    "billing_paymentguarantee_decide": ("br", "br"),
    "billing_suspensepayment_resolve": ("br", "br"),
    "billing_document_file": ("sar", "sar"),  # calls: only for those who may see dialled numbers
    "billing_invoice_file": ("sbar", "sbar"),
    "billing_correction_file": ("sbar", "sbar"),
}

# Pages of Django's admin that every signed-in person of the staff has.
OF_DJANGO = {"app_list", "autocomplete", "jsi18n", "login", "logout", "password_change", "password_change_done"}
OF_DJANGO |= {"view_on_site"}
