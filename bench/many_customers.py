"""An operator with very many customers, inserted by SQL: what benches of the desk read."""

from typing import Any

import scratch  # noqa: F401 - sets the portal up
from django.conf import settings
from django.db import connection

from subscribers.models import PlanKind
from subscribers.tests.factories import TariffPlanFactory

KINDS = (
    "Северный Южный Западный Восточный Полесский Неманский Двинский Днепровский Минский Брестский Гомельский Витебский "
    "Могилёвский Гродненский Зелёный Белый Красный Синий Золотой Серебряный Хрустальный Медный Стальной Лесной Луговой "
    "Речной Озёрный Горный Степной Вешний Осенний Зимний Летний Утренний Вечерний Новый Старый Добрый Светлый Ясный "
    "Быстрый Тихий Звонкий Первый Второй Третий Главный Вольный Дальний Ближний Верхний Нижний Крепкий Лёгкий Тёплый "
    "Родной Славный Сильный Умный Честный"
)
THINGS = (
    "ветер берег дом двор мост завод склад рынок путь мир свет день век хлеб лён клён дуб сад луг бор остров камень "
    "кирпич бетон металл инструмент станок мотор прибор кабель провод сервис центр дизайн проект строй монтаж ремонт "
    "транспорт груз вагон корабль парус якорь маяк компас горизонт экспресс курьер пакет архив документ консалтинг "
    "аудит капитал кредит актив баланс резерв партнёр союз альянс контакт сигнал эфир сокол аист зубр бобр стриж карп"
)
PLACES = "Минск Брест Гомель Витебск Гродно Пинск Орша Лида Полоцк Слуцк Жлобин Кобрин Мозырь Солигорск Барановичи"
ROOTS = (
    "Ковал Лукаш Савиц Станк Жук Марчу Гриц Шпак Войт Бонда Карп Сидор Кравч Полещу Мака Новиц Рудак Тарас Якуб "
    "Климо Дубров Громы Зайц Левко Петру Василе Романо Богдан Синиц Хацке"
)

ENDS = "енко евич ович ский ук ик"

# Serial numbers make every text: customer c has the number c, and numbers n of c are c, c + customers, …
TABLES = """
INSERT INTO accounts_customer
    (id, name, unp, address, bank_name, bank_bic, iban, contact_name, contact_phone, created_at)
SELECT c, CASE WHEN c %% 5 = 0
    THEN 'ИП ' || (%(families)s::text[])[1 + c / 5 * 7 %% cardinality(%(families)s::text[])] || ' '
        || substr('АБВГДЕИКЛМНОПРСТ', (1 + c %% 16)::int, 1) || '. ' || substr('АВГИЛНПСТ', (1 + c %% 9)::int, 1) || '.'
    ELSE (ARRAY['ООО', 'ЧУП', 'ОАО', 'ОДО'])[1 + c %% 4] || ' «'
        || (%(kinds)s::text[])[1 + (c - c / 5) * 7 %% cardinality(%(kinds)s::text[])] || ' '
        || (%(things)s::text[])[1 + c * 17 / 3 %% cardinality(%(things)s::text[])] || ' '
        || (%(places)s::text[])[1 + c / 7 %% cardinality(%(places)s::text[])] || '»' END,
    (190000000 + c)::text, 'Минск', '', '', '', '', '+37529' || lpad((c * 7919 %% 10000000)::text, 7, '0'), now()
FROM generate_series(1, %(customers)s::bigint) c;

INSERT INTO accounts_nameword (word)
SELECT DISTINCT word FROM accounts_customer, sipcabinet_words(name) AS word ON CONFLICT DO NOTHING;

INSERT INTO accounts_account
    (id, customer_id, number, contract_number, contract_date, status, opened_on, payment_terms, cabinet_email)
SELECT c, c, (400000000 + c)::text, 'SIP-' || c || '/2024', '2024-03-15', 'active', '2024-03-15', 'postpaid',
    'office' || c || '@firm' || c * 13 %% 5000 || '.example'
FROM generate_series(1, %(customers)s::bigint) c;

INSERT INTO subscribers_subscriber
    (id, account_id, phone, label, plan_id, kind, trunk_id, status, switch_code, connected_at)
SELECT n, 1 + (n - 1) %% %(customers)s, '+37544' || lpad((7000000 + n * 7919 %% 3000000)::text, 7, '0'), 'Офис',
    CASE WHEN n <= %(customers)s THEN %(trunk_plan)s ELSE %(number_plan)s END,
    CASE WHEN n <= %(customers)s THEN 'trunk' ELSE 'number' END,
    CASE WHEN n <= %(customers)s THEN NULL ELSE 1 + (n - 1) %% %(customers)s END, 'active', '', '2024-03-20'
FROM generate_series(1, %(numbers)s::bigint) n;

INSERT INTO accounts_user (id, password, is_superuser, phone, name, is_staff, is_active, created_at, account_id)
SELECT account_id + 1000000, '!', false, phone, 'Анна Ковалевич', false, true, now(), account_id
FROM subscribers_subscriber WHERE kind = 'trunk';

INSERT INTO subscribers_operation (id, account_id, subscriber_id, number, kind, changes, reason, made_at, version)
SELECT n, account_id, id, 'О-2026-' || lpad(n::text, 6, '0'), 'connected', '[]', '', now(), 0
FROM subscribers_subscriber, LATERAL (SELECT id AS n) numbered;

INSERT INTO billing_invoice
    (id, account_id, closing_id, month, serial, number, issued_on, due_on, issued_at, parties, vat_percent, net, vat,
     total, opening, payments, corrections, closing_balance, due, purpose)
SELECT i, 1 + (i - 1) %% %(customers)s, i,
    ('2026-01-01'::date + interval '1 month' * ((i - 1) / %(customers)s))::date, i,
    lpad(i::text, 6, '0'), '2026-11-01', '2026-11-25', now(), '{}', 25, 8, 2, 10, 0, 0, 0, -10, 10, ''
FROM generate_series(1, %(invoices)s::bigint) i;

INSERT INTO billing_ledgerentry (account_id, kind, amount, booked_on, title, source_key, created_at)
SELECT account_id, 'invoice', -total, issued_on, 'Счёт № ' || number, 'invoice:' || id, now() FROM billing_invoice;

INSERT INTO billing_payment
    (id, account_id, amount, received_on, source, payer_name, payer_unp, payer_iban, reference, purpose, source_key,
     created_at)
SELECT i, account_id, 10, '2026-11-10', 'bank', 'ООО «Плательщик»', '', '', (1 + i %% 20000)::text, '', 'p:' || i,
    now()
FROM billing_invoice, LATERAL (SELECT id AS i) numbered;

INSERT INTO billing_ledgerentry (account_id, kind, amount, booked_on, title, source_key, created_at)
SELECT account_id, 'payment', amount, received_on, 'Платёж', 'payment:' || id, now() FROM billing_payment
WHERE id > %(customers)s;

INSERT INTO billing_suspensepayment
    (id, amount, received_on, source, payer_name, payer_unp, payer_iban, reference, purpose, source_key, created_at,
     reason, resembles, is_same)
SELECT i, 10, '2026-11-10', 'bank', 'ООО «Плательщик»', '', '', i::text, '', 's:' || i, now(), 'нет счёта', '', false
FROM generate_series(1, %(customers)s::bigint / 10) i;

INSERT INTO notifications_letter
    (id, due_at, state, attempts, last_error, created_at, account_id, kind, recipient, subject, body_text, body_html,
     sealed, message_id, smtp_answer, tries)
SELECT i, now(), 'done', 1, '', now(), account_id, 'invoice',
    'office' || account_id || '@firm' || account_id * 13 %% 5000 || '.example', 'Счёт № ' || number, '', '', false,
    '<' || i || '@operator.example>', '', 1
FROM billing_invoice, LATERAL (SELECT id AS i) numbered;

INSERT INTO billing_documentorder
    (id, due_at, state, attempts, last_error, created_at, account_id, number, kind, title, params, recipient)
SELECT c, now(), 'done', 1, '', now(), c, 'З-2026-' || lpad(c::text, 6, '0'), 'invoice', 'Счёт', '{}', 'a@b.example'
FROM generate_series(1, %(customers)s::bigint) c;

INSERT INTO billing_debt (id, account_id, entry_id, amount, due_on, created_at)
SELECT c, c, c, 10, '2026-11-25', now() FROM generate_series(1, %(customers)s::bigint / 10) c;

INSERT INTO billing_paymentguarantee
    (id, account_id, debt_id, number, amount, state, requested_at, answer, dedupe_key)
SELECT c, c, c, 'Г-2026-' || lpad(c::text, 6, '0'), 10, 'rejected', now(), '', 'g:' || c
FROM generate_series(1, %(customers)s::bigint / 10) c;

INSERT INTO billing_deliverychoice (account_id, method, addresses, chosen_at)
SELECT c, 'email', ARRAY['book' || c || '@firm' || c * 13 %% 5000 || '.example'], now()
FROM generate_series(1, %(customers)s::bigint) c;
"""
READ = (
    "accounts_customer", "accounts_nameword", "accounts_account", "accounts_user", "subscribers_subscriber",
    "subscribers_operation",
    "billing_invoice", "billing_ledgerentry", "billing_payment", "billing_suspensepayment", "billing_documentorder",
    "billing_debt", "billing_paymentguarantee", "billing_deliverychoice", "notifications_letter",
)  # fmt: skip


def fill(*, customers: int, numbers: int, invoices: int) -> None:
    """Inserts customers with as many accounts, their numbers, and as many payments and letters as invoices; then counts
    the rows for the planner. Only in a database of a bench: triggers and references are not checked."""
    plans = {kind: TariffPlanFactory.create(kind=kind).pk for kind in (PlanKind.TRUNK, PlanKind.NUMBER)}
    given: dict[str, Any] = {
        "customers": customers,
        "numbers": numbers,
        "invoices": invoices,
        "kinds": KINDS.split(),
        "things": THINGS.split(),
        "places": PLACES.split(),
        "families": [f"{root}{end}" for root in ROOTS.split() for end in ENDS.split()],
        "trunk_plan": plans[PlanKind.TRUNK],
        "number_plan": plans[PlanKind.NUMBER],
    }
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SET session_replication_role = replica")
        for statement in TABLES.split(";\n"):
            if statement.strip():
                cursor.execute(statement, given)
        cursor.execute("RESET session_replication_role")
        for table in READ:
            cursor.execute(f"VACUUM ANALYZE {table}")
        cursor.execute(f"SET ROLE {settings.DATABASE_ROLE}")
