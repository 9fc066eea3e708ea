"""Pages of the catalogue: the demo operator has no uploaded table, so the rows are written when they are looked at."""

from collections.abc import Callable

from sipcabinet.tests.browser.page import TODAY, Page, fixed, found
from sipcabinet.tests.browser.portal import Portal

_HEAD = "Префикс;Короткий номер;Направление;Цена минуты;Первый шаг;Следующий шаг\n"
_GOOD = (
    "48;нет;neighbours;0,62;60;1\n49;нет;neighbours;0,74;30;6\n4822;нет;neighbours;0,5;60;1\n"
    "252;нет;world;9,9;60;60\n7;нет;cis;0,4960;60;1\n"
)
_FAULTY = _GOOD + "25x;нет;world;1;60;1\n253;нет;Сомали;дорого;60;1\n7;нет;cis;0,5;60;1\n"
_STAFF = "SELECT id FROM accounts_user WHERE is_staff ORDER BY id LIMIT 1"
_KEPT = """
INSERT INTO desk_tableimport (kind, day, origin, file_name, sha256, content, uploaded_at, uploaded_by_id, outcome)
VALUES ('rates', current_date + 1, 'file', '{name}', '', convert_to('{content}', 'UTF8'), now(), ({staff}), '{{}}')
RETURNING id
"""
_APPLIED = """
INSERT INTO desk_tableimport (kind, day, origin, file_name, sha256, uploaded_at, uploaded_by_id, applied_at,
    applied_by_id, outcome)
VALUES ('rates', date_trunc('month', current_date), 'file', 'zapad-2026-12.xlsx', '', now(), ({staff}), now(),
    ({staff}), '{{"counts": {{"changed": 2, "new": 1}}, "lines": [
        [2, "changed", "+48", "Литва, Латвия, Польша, Германия", "0.800000", "0.620000", ""],
        [3, "changed", "+49", "Литва, Латвия, Польша, Германия", "0.800000", "0.990000", "шаги: 60/1 → 30/6"],
        [4, "new", "+4822", "Литва, Латвия, Польша, Германия", null, "0.500000", ""]]}}')
RETURNING id
"""
_CUSTOMERS = (
    "Лицевой счёт;Клиент;УНП;Юридический адрес;Договор;Дата договора;E-mail;Номер;SIP-соединение;Тарифный план;"
    "Откуда номер;Входящее сальдо\n"
    "400800001;ООО «Речной порт»;200990009;г. Гомель, ул. Портовая, 2;SIP-801;01.10.2026;port@example.com;"
    "8 029 611-11-11;;{plan};перенесён к нам;-120,50\n"
    "400800002;ООО «Мост»;20000000;г. Брест, ул. Речная, 7;SIP-802;завтра;most.example.com;;;;;\n"
)
_FILE = """
INSERT INTO desk_tableimport (kind, origin, file_name, sha256, content, uploaded_at, uploaded_by_id, outcome)
VALUES ('customers', 'file', 'customers.csv', '', convert_to(
    replace('{content}', '{{plan}}',
        (SELECT code FROM subscribers_tariffplan WHERE kind = 'trunk' ORDER BY id LIMIT 1)),
    'UTF8'), now(), ({staff}), '{{}}') RETURNING id
"""
_LOAD = """
WITH file AS (
    INSERT INTO desk_tableimport (kind, origin, file_name, sha256, uploaded_at, uploaded_by_id, outcome)
    VALUES ('customers', 'file', 'customers.csv', '', now(), ({staff}), '{{"counts": {{"new": 1, "wrong": 1, "same": 0,
        "customer": 1, "account": 1, "trunk": 1, "balance": 1}}}}') RETURNING id
), work AS (
    INSERT INTO desk_customerload (table_id, due_at, state, attempts, last_error, created_at, ordered_by_id, whole,
        done)
    SELECT id, now() + interval '1 day', '{state}', 0, '', now(), ({staff}), 1200, {done} FROM file
    RETURNING id, table_id
), one AS (
    INSERT INTO desk_loadedrow (load_id, number, state, account, phone, name, makes, faults)
    SELECT id, 3, 'wrong', '400800002', '', 'ООО «Мост»', '[]', '[["УНП", "20000000", "нужно 9 цифр"]]' FROM work
)
SELECT table_id FROM work
"""
_RUNS = """
INSERT INTO subscribers_rerating (due_at, state, attempts, last_error, created_at, finished_at, month, is_rehearsal,
    ordered_by_id, total, checked, changed, without_rate, imports, before, after)
VALUES (now() + interval '1 day', 'waiting', 0, '', now(), NULL, '2020-01-01', false, ({staff}),
        1200, 480, 0, 0, 0, 0, 0),
    (now(), 'done', 1, '', now(), now(), '2020-01-01', true, ({staff}), 1200, 1200, 38, 0, 0, 214.55, 209.17)
ON CONFLICT DO NOTHING RETURNING id
"""


def _written(path: str, sql: str, **told: str) -> Callable[[Portal], str]:
    def of(portal: Portal) -> str:
        return path.format(portal.query(sql.format(staff=_STAFF, **told)))

    return of


def catalogue() -> list[Page]:
    price = "/admin/catalogue/call-price/?called=8+033+300-00-01&length=3:20&plan={}"
    plan = "SELECT id FROM subscribers_tariffplan WHERE kind = 'trunk'"
    place = "SELECT id FROM subscribers_destination WHERE code = 'neighbours'"
    good, faulty = {"content": _HEAD + _GOOD}, {"content": _HEAD + _FAULTY}
    return [
        Page("admin:desk_load_one", "staff", _written("/admin/customers/load/{}/", _FILE, content=_CUSTOMERS)),
        Page(
            "admin:desk_load_one done", "staff", _written("/admin/customers/load/{}/", _LOAD, state="done", done="1200")
        ),
        Page(
            "admin:desk_load_one running",
            "staff",
            _written("/admin/customers/load/{}/", _LOAD, state="waiting", done="480"),
        ),
        Page("admin:desk_load", "staff", fixed("/admin/customers/load/")),
        Page(
            "admin:desk_table_import faults",
            "staff",
            _written("/admin/imports/{}/", _KEPT, name="faults.csv", **faulty),
        ),
        Page("admin:desk_table_import", "staff", _written("/admin/imports/{}/", _KEPT, name="zapad.csv", **good)),
        Page("admin:desk_table_import done", "staff", _written("/admin/imports/{}/", _APPLIED)),
        Page("admin:desk_rerating", "staff", _written("/admin/catalogue/rerating/?{}", _RUNS)),
        Page("admin:desk_catalogue", "staff", fixed("/admin/catalogue/")),
        Page("admin:desk_catalogue_plan", "staff", found("/admin/catalogue/plans/{}/", plan)),
        Page("admin:desk_new_fee", "staff", found("/admin/catalogue/plan/{}/new-price/", plan)),
        Page("admin:desk_new_rate", "staff", fixed("/admin/catalogue/rates/new-price/?prefix=4822")),
        Page("admin:desk_new_destination_rate", "staff", found("/admin/catalogue/destinations/{}/new-rate/", place)),
        Page("admin:desk_table_upload", "staff", fixed("/admin/imports/rates/new/")),
        Page("admin:desk_call_price", "staff", found(f"{price}&day={TODAY}", plan)),
        Page(
            "admin:desk_call_price wrong",
            "staff",
            fixed(f"/admin/catalogue/call-price/?called=205&length=x&day={TODAY}"),
        ),
    ]
