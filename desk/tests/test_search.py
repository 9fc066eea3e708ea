"""One search finds everything by what a caller says: any spelling, a part, a number of a document, an address (4.1)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, User
from accounts.tests.factories import AccountFactory, CustomerFactory, StaffFactory
from billing.models import DeliveryChoice, PaymentGuarantee, SuspensePayment
from billing.services import corrections
from billing.tests.factories import OrderFactory
from billing.tests.money import invoice_of, paid
from desk import links
from notifications.models import Letter
from sipcabinet.lib import clock
from sipcabinet.tests.page_text import text
from sipcabinet.tests.signed_in import signed_in
from subscribers.models import Charge, Subscriber
from subscribers.tests.factories import OperationFactory, TrunkFactory, VatRateFactory

pytestmark = pytest.mark.django_db
MOST_QUERIES = 10


@pytest.fixture
def client(staff: User) -> Client:
    return signed_in(staff)


@pytest.fixture
def account() -> Account:
    """The account of a customer with a row of everything that is searched."""
    customer = CustomerFactory.create(
        name="ООО «Северный ветёр»", unp="190123457", contact_phone="+375291234567", contact_name=""
    )
    return AccountFactory.create(
        customer=customer, number="400100017", contract_number="СИП-77/2024", cabinet_email="Buh@Veter.example"
    )


@pytest.fixture
def trunk(account: Account) -> Subscriber:
    return TrunkFactory.create(account=account, phone="+375447112030", label="Приёмная")


def search(client: Client, typed: str, **more: str) -> Any:
    return client.get(reverse("admin:search"), {"q": typed, **more})


def groups(client: Client, typed: str, **more: str) -> dict[str, list[str]]:
    """The pages to which the found rows of each group lead."""
    answer = search(client, typed, stay="1", **more)
    assert answer.status_code == 200
    return {shown.name: [row.url for row in shown.rows] for shown in answer.context["groups"]}


SPELLINGS = ["+375 44 711-20-30", "375447112030", "8 044 711-20-30", "80447112030", "(44) 711 20 30", "447112030"]


@pytest.mark.parametrize("typed", SPELLINGS)
def test_a_whole_number_in_any_spelling_opens_its_customer(typed: str, client: Client, trunk: Subscriber) -> None:
    answer = search(client, typed)
    assert answer.status_code == 302
    assert answer.headers["Location"] == links.of_customer(trunk.account.customer_id)


@pytest.mark.parametrize("typed", ["711-20", "711", "20-30", "+375 44 711", "8 044 7112", "44 711 20", "1120"])
def test_a_part_of_a_number_finds_it_and_is_marked(typed: str, client: Client, trunk: Subscriber) -> None:
    answer = search(client, typed, stay="1")
    assert "numbers" in groups(client, typed)
    assert "<mark>" in text(answer)


def test_the_match_is_marked_within_the_shown_number(client: Client, trunk: Subscriber) -> None:
    assert "+375 44 <mark>711-20</mark>-30" in text(search(client, "71120", stay="1"))


def test_a_former_holder_of_a_number_is_found_too_but_the_present_one_opens(client: Client, trunk: Subscriber) -> None:
    former = TrunkFactory.create(
        phone=trunk.phone,
        status="closed",
        connected_at=clock.now().replace(year=2020),
        closed_at=clock.now().replace(year=2021),
    )
    assert groups(client, trunk.phone)["numbers"] == [
        links.of_customer(trunk.account.customer_id),
        links.of_customer(former.account.customer_id),
    ]
    assert search(client, trunk.phone).headers["Location"] == links.of_customer(trunk.account.customer_id)


EXACT = [
    "400100017",
    "400 100 017",
    "190123457",
    "190 123 457",
    "СИП-77/2024",
    "сип-77/2024",
    "buh@veter.example",
    "BUH@VETER.EXAMPLE",
    "ооо северный ветер",
    "Северный Ветёр",
    "«северный ветер»",
    "+375 29 123-45-67",
    "8 029 1234567",
]


@pytest.mark.parametrize("typed", EXACT)
def test_what_names_one_customer_opens_it(typed: str, client: Client, account: Account) -> None:
    AccountFactory.create()
    answer = search(client, typed)
    assert answer.status_code == 302, text(answer)
    assert answer.headers["Location"] == links.of_customer(account.customer_id)


@pytest.mark.parametrize(
    ("typed", "group"),
    [
        ("северн", "customers"),
        ("ВЕТЕР", "customers"),
        ("ветёр северный", "customers"),
        ("1901", "customers"),
        ("1234567", "customers"),
        ("100017", "accounts"),
        ("4001", "accounts"),
        ("сип-77", "accounts"),
        ("veter.ex", "accounts"),
        ("buh@", "accounts"),
    ],
)
def test_a_part_finds_the_customer(typed: str, group: str, client: Client, account: Account) -> None:
    assert groups(client, typed).get(group) == [links.of_customer(account.customer_id)]


@pytest.mark.parametrize(
    "typed", ["севреный ветер", "сверный", "севернный", "витер", "ветр", "севирный вет", "ООО Севернй"]
)
def test_a_mistyped_name_finds_the_customer_and_the_page_says_so(typed: str, client: Client, account: Account) -> None:
    CustomerFactory.create(name="ЧУП «Витебский трактор»")
    answer = search(client, typed)
    assert answer.status_code == 200
    assert "Показаны похожие" in text(answer)
    assert groups(client, typed) == {"customers": [links.of_customer(account.customer_id)]}


def test_a_renamed_customer_is_found_by_a_mistyped_new_name(client: Client, account: Account) -> None:
    account.customer.name = "ООО «Хрустальный»"
    account.customer.save()
    assert groups(client, "хрусталный") == {"customers": [links.of_customer(account.customer_id)]}


def test_the_customer_called_just_so_is_found_among_many_with_such_a_word(client: Client) -> None:
    for serial in range(12):
        CustomerFactory.create(name=f"ООО «Маяк {serial}»")
    lighthouse = CustomerFactory.create(name="ЧУП «Маяк»")
    assert search(client, "маяк").headers["Location"] == links.of_customer(lighthouse.pk)


def test_documents_are_found_by_their_numbers(client: Client, trunk: Subscriber) -> None:
    invoice = invoice_of(trunk.account, "2026-10", subscriber=trunk)
    VatRateFactory.create()
    charge = Charge.objects.get()
    correction = corrections.issue(invoice=invoice, changes=[(charge, charge.net + 1)], reason="Ошибка")
    order = OrderFactory.create(account=trunk.account, number="З-2026-000123")
    guarantee = PaymentGuarantee.objects.create(
        account=trunk.account, debt=invoice.debts.get(correction=None), number="Г-2026-000123", amount=Decimal(5),
        dedupe_key="g",
    )  # fmt: skip
    operation = OperationFactory.create(subscriber=trunk, number="О-2026-000123")
    assert groups(client, invoice.number)["invoices"] == [links.of_row(type(invoice), invoice.pk)]
    assert groups(client, f"№ {invoice.serial}")["invoices"] == [links.of_row(type(invoice), invoice.pk)]
    assert groups(client, f"№{correction.serial}")["corrections"] == [links.of_row(type(correction), correction.pk)]
    by_end = groups(client, "123")
    assert by_end["orders"] == [links.of_row(type(order), order.pk)]
    assert by_end["guarantees"] == [links.of_row(type(guarantee), guarantee.pk)]
    assert by_end["operations"] == [links.of_row(type(operation), operation.pk)]


@pytest.mark.parametrize("typed", ["З-2026-000123", "з-2026-123", "З 2026 000123", "3-2026-123", "2026-123"])
def test_the_number_of_an_order_in_any_spelling_opens_it(typed: str, client: Client) -> None:
    order = OrderFactory.create(number="З-2026-000123")
    OrderFactory.create(number="З-2026-000124")
    assert search(client, typed).headers["Location"] == links.of_row(type(order), order.pk)


def letter_to(account: Account | None, address: str, number: int) -> Letter:
    return Letter.objects.create(
        account=account, kind="test", recipient=address, subject=f"Письмо {number}", body_text="", body_html="",
        message_id=f"<letter-{number}@operator.example>", smtp_code=552, state="refused",
    )  # fmt: skip


def test_letters_are_found_by_address_number_and_message_id(client: Client, account: Account) -> None:
    first, second = (letter_to(account, "Shop@Client.example", number) for number in (1, 2))
    letter_to(account, "other@client.example", 3)
    page = text(search(client, "shop@client.EXAMPLE"))
    assert groups(client, "shop@client.EXAMPLE") == {
        "letters": [links.of_row(Letter, one.pk) for one in (second, first)]
    }
    assert "не доставлено" in page
    assert groups(client, f"№ {first.pk}")["letters"] == [links.of_row(Letter, first.pk)]
    for typed in (first.message_id, first.message_id.strip("<>")):
        assert search(client, typed).headers["Location"] == links.of_row(Letter, first.pk)


def test_an_address_for_invoices_opens_its_customer(client: Client, account: Account) -> None:
    DeliveryChoice.objects.create(account=account, method="email", addresses=["a@x.example", "pay@x.example"])
    assert search(client, "Pay@x.example").headers["Location"] == links.of_customer(account.customer_id)


def test_payments_are_found_by_the_number_of_their_document(client: Client, account: Account) -> None:
    payment = paid(account, "10.00", reference="ПП-4711")
    waiting = SuspensePayment.objects.create(
        amount=7,
        received_on=clock.today(),
        payer_name="ИП Жук",
        reference="ПП-4711",
        source_key="s",
        reason="нет счёта",
    )
    found = groups(client, "пп-4711")
    assert found["payments"] == [links.of_row(type(payment), payment.pk)]
    assert found["suspense"] == [links.of_row(SuspensePayment, waiting.pk)]


def test_people_of_the_staff_are_found_and_customers_logins_are_not(client: Client, owner: User) -> None:
    person = StaffFactory.create(name="Ольга Станкевич", phone="+375296998877")
    assert groups(client, "станкевич")["staff"] == [links.of_row(User, person.pk)]
    assert search(client, "8 029 699 88 77").headers["Location"] == links.of_row(User, person.pk)
    assert "staff" not in groups(client, owner.phone)


def test_a_row_says_what_one_needs_to_answer_a_call(client: Client, trunk: Subscriber) -> None:
    invoice_of(trunk.account, "2026-10", "100.00")
    page = text(search(client, "северн"))
    for word in ("190123457", "−125,00", "активен"):
        assert word in page
    page = text(search(client, "7112"))
    for word in ("Приёмная", "ООО «Северный ветёр»", "400100017"):
        assert word in page


def test_more_rows_than_shown_are_offered_and_shown(client: Client, account: Account) -> None:
    for serial in range(9):
        TrunkFactory.create(account=account, phone=f"+37544555000{serial}")
    page = text(search(client, "5550"))
    assert "Показаны первые 6, и ещё…" in page
    assert "?q=5550&amp;only=numbers" in page
    only = search(client, "5550", only="numbers")
    assert [len(shown.rows) for shown in only.context["groups"]] == [9]


@pytest.mark.parametrize("typed", ["711", "северный", "севреный ветер", "buh@veter.example", "№ 1", "нетничего"])
def test_a_search_needs_few_queries(typed: str, client: Client, trunk: Subscriber) -> None:
    search(client, "прогрев")
    with CaptureQueriesContext(connection) as queries:
        search(client, typed, stay="1")
    asked = [query["sql"] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(asked) <= MOST_QUERIES, asked


def test_every_page_of_the_desk_has_the_field(client: Client) -> None:
    for page in ("admin:index", "admin:tables", "admin:search", "admin:billing_invoice_changelist"):
        assert "data-desk-search" in client.get(reverse(page)).content.decode()


def test_a_customer_does_not_get_in(owner: User, client_of: Callable[[User], Client]) -> None:
    answer = client_of(owner).get(reverse("admin:search"), {"q": "711"})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/admin/login/")


def test_only_reading_is_answered(client: Client) -> None:
    assert client.post(reverse("admin:search"), {"q": "711"}).status_code == 405
