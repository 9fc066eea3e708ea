"""Pages of bank statements and switch files: the uploaded files are written when they are looked at."""

from collections.abc import Callable

from sipcabinet.tests.browser.bank_statement import statement
from sipcabinet.tests.browser.page import Page, fixed, found
from sipcabinet.tests.browser.portal import Portal

_STAFF = "SELECT id FROM accounts_user WHERE is_staff ORDER BY id LIMIT 1"
_ACCOUNT = "SELECT number FROM accounts_account ORDER BY id LIMIT 1"
_KEPT = """
INSERT INTO desk_tableimport (kind, origin, file_name, sha256, content, path, uploaded_at, uploaded_by_id, outcome)
VALUES ('{kind}', 'file', '{name}', '', decode('{content}', 'hex'), '', now(), ({staff}), '{outcome}') RETURNING id
"""
_CHECK = """{"source": 1, "source_name": "minsk-1", "check": {"size": 131072000, "checked": 4194304, "read": 24810,
    "new": 24120, "duplicate": 640, "rejected": 50, "reasons": {"not_ours": 38, "columns": 12}, "others": 3,
    "errors": [[17, "columns"], [240, "not_ours"]], "calls": 1204, "seconds": 90240, "cost": 412860000,
    "accounts": [[1, "400100017", "ООО «Северный ветер»", 904, 70240, 312860000],
                 [2, "400100025", "ЧУП «Быстрая доставка и логистика»", 300, 20000, 100000000]]}}"""
_PROPOSED = f"""
WITH row AS (INSERT INTO billing_suspensepayment (amount, received_on, source, payer_name, payer_unp, payer_iban,
    reference, purpose, source_key, created_at, reason, resembles, is_same, is_returned) VALUES (512.40, current_date,
    'bank', 'ООО «Стройдвор»', '191234576', '', '362', 'Ошибочно', 'look:' || gen_random_uuid(), now(),
    'в назначении нет лицевого счёта', '', false, false) RETURNING id)
INSERT INTO billing_suspenserefund (suspense_id, amount, counted, most_alone, document_number, document_date, reason,
    state, proposed_by_id, proposed_at, answer)
SELECT id, 512.40, 512.40, 100, 'пл-' || id, current_date, 'Перечислено ошибочно', 'waiting', ({_STAFF}), now(), ''
FROM row RETURNING id
"""


# A call of the demo goes on hold: the switch wrote five hours of talk.
_HELD = """
WITH call AS (SELECT id, month, source_id, import_id, call_id, leg, started_at FROM subscribers_callrecord
    WHERE direction = 'out' AND outcome <> 'held' ORDER BY started_at DESC, id LIMIT 1),
changed AS (UPDATE subscribers_callrecord c SET outcome = 'held', talk_seconds = 0, billed_seconds = 0,
    included_seconds = 0, cost = 0, duration = 18007 FROM call WHERE c.id = call.id AND c.month = call.month)
INSERT INTO subscribers_heldcall (source_id, call_import_id, call_id, leg, month, started_at, duration, talk_seconds,
    state, decision, note, created_at)
SELECT source_id, import_id, call_id, leg, month, started_at, 18007, 18000, 'waiting', '', '', now()
FROM call RETURNING id
"""


def _statement(portal: Portal) -> str:
    content = statement(str(portal.query(_ACCOUNT))).hex()
    pk = portal.query(_KEPT.format(kind="statement", name="vypiska.txt", content=content, staff=_STAFF, outcome="{}"))
    return f"/admin/statements/drafts/{pk}/"


def _calls(portal: Portal) -> str:
    sql = _KEPT.format(kind="calls", name="Master.csv", content="", staff=_STAFF, outcome=_CHECK)
    return f"/admin/calls/imports/drafts/{portal.query(sql)}/"


def _written(path: str, sql: str) -> Callable[[Portal], str]:
    return lambda portal: path.format(portal.query(sql))


def imports() -> list[Page]:
    last = "SELECT id FROM billing_statementimport ORDER BY booked DESC, id"
    waiting = "SELECT id FROM billing_suspensepayment WHERE resolved_at IS NULL ORDER BY id"
    source = "SELECT id FROM subscribers_callsource ORDER BY id"
    job = "SELECT id FROM subscribers_callimport ORDER BY rejected_count DESC, id"
    return [
        Page("admin:desk_statement_upload", "staff", fixed("/admin/statements/new/")),
        Page("admin:desk_statement_draft", "staff", _statement),
        Page("admin:desk_statement", "staff", found("/admin/statements/{}/", last)),
        Page("admin:desk_statement_undo", "staff", found("/admin/statements/{}/undo/", last)),
        Page("admin:desk_suspense", "staff", found("/admin/money/suspense/{}/", waiting)),
        Page("admin:desk_suspense chosen", "staff", found("/admin/money/suspense/{}/?account=400100017", waiting)),
        Page("admin:desk_payer_refund", "staff", found("/admin/money/suspense/{}/return/", waiting)),
        Page("admin:desk_payer_refund_one", "staff", _written("/admin/money/paybacks/{}/", _PROPOSED)),
        Page("admin:desk_call_file_upload", "staff", fixed("/admin/calls/imports/new/")),
        Page("admin:desk_call_file_draft", "staff", _calls),
        Page("admin:desk_call_file", "staff", found("/admin/calls/imports/{}/", job)),
        Page("admin:desk_call_file_undo", "staff", found("/admin/calls/imports/{}/undo/", job)),
        Page("admin:desk_held_call", "staff", _written("/admin/calls/held/{}/", _HELD)),
        Page("admin:desk_call_source", "staff", found("/admin/calls/sources/{}/", source)),
        Page("admin:desk_call_source_new", "staff", fixed("/admin/calls/sources/new/")),
        Page("admin:desk_rejects", "staff", fixed("/admin/calls/rejects/")),
        Page("admin:desk_reject_group", "staff", _group),
    ]


def _group(portal: Portal) -> str:
    """The largest group of rejected lines; the list where nothing waits."""
    script = "from desk.selectors.reject_groups import groups\nfor one in groups()[:1]: print(one.key)"
    key = portal.manage("shell", "-c", script).strip().splitlines()
    return f"/admin/calls/rejects/{key[-1]}/" if key else "/admin/calls/rejects/"
