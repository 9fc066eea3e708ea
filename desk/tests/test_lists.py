"""Lists of the desk: what is shown is what is saved as a file, and each cell names its column (4.2)."""

import re
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import Account, AuditEvent, User
from accounts.tests.factories import CustomerFactory, StaffFactory, UserFactory
from billing.tests.factories import OrderFactory
from billing.tests.money import invoice_of
from sipcabinet.lib import staff_tables
from sipcabinet.lib.periods import Month
from sipcabinet.tests.signed_in import signed_in

pytestmark = pytest.mark.django_db
EXPORT = "admin:accounts_customer_export"


@pytest.fixture
def desk(staff: User) -> Client:
    return signed_in(staff)


def rows_of(answer: Any) -> list[list[Any]]:
    """The rows of the sheet below its title, with the titles of the columns first."""
    sheet = load_workbook(BytesIO(b"".join(answer))).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    return [row for row in rows if row[0] is not None and any(value is not None for value in row[1:])]


def test_a_file_has_all_rows_of_the_list_also_of_its_other_pages(desk: Client) -> None:
    for number in range(60):
        CustomerFactory.create(name=f"ООО «Клиент {number:02d}»")
    rows = rows_of(desk.get(reverse(EXPORT)))
    assert rows[0][:2] == ["Наименование", "УНП"]
    assert [row[0] for row in rows[1:]] == [f"ООО «Клиент {number:02d}»" for number in range(60)]


def test_a_file_has_the_rows_that_were_searched_for(desk: Client) -> None:
    CustomerFactory.create(name="ООО «Ветер»")
    CustomerFactory.create(name="ООО «Лес»")
    assert [row[0] for row in rows_of(desk.get(reverse(EXPORT), {"q": "Лес"}))[1:]] == ["ООО «Лес»"]


def test_the_page_of_a_list_leads_to_the_file_of_the_same_rows(desk: Client) -> None:
    CustomerFactory.create(name="ООО «Лес»")
    page = desk.get(reverse("admin:accounts_customer_changelist"), {"q": "Лес"}).content.decode()
    assert f'href="{reverse(EXPORT)}?q=%D0%9B%D0%B5%D1%81"' in page


def test_sums_are_numbers_in_the_file_and_stand_at_the_right_on_the_page(desk: Client) -> None:
    invoice = invoice_of(OrderFactory.create().account, Month.current().shift(-1))
    head, row = rows_of(desk.get(reverse("admin:billing_invoice_export")))
    assert Decimal(str(row[head.index("Всего")])) == invoice.total
    page = desk.get(reverse("admin:billing_invoice_changelist")).content.decode()
    assert 'data-sum data-role="end" class="field-total"' in page
    assert re.search(r'data-sum[^>]* class="field-corrected"', page)


def test_a_file_is_recorded_with_its_author_and_the_number_of_rows(desk: Client, staff: User) -> None:
    CustomerFactory.create_batch(2)
    rows_of(desk.get(reverse(EXPORT)))
    event = AuditEvent.objects.get(action="customer.exported")
    assert (event.user, event.details, event.account) == (staff, {"rows": 2}, None)


def test_more_rows_than_a_file_may_have_are_refused_in_words(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staff_tables, "MOST_ROWS", 1)
    CustomerFactory.create_batch(2)
    answer = desk.get(reverse(EXPORT), follow=True)
    assert "В списке 2 строк, в один файл помещается 1. Сузьте отбор." in answer.content.decode()
    assert not AuditEvent.objects.filter(action="customer.exported").exists()


def test_a_row_begins_with_its_title_and_says_yes_and_no_in_words(desk: Client) -> None:
    UserFactory.create(name="Анна Лис", phone="+375291234567")
    page = desk.get(reverse("admin:accounts_user_changelist")).content.decode()
    assert "icon-no" not in page
    assert "icon-yes" not in page
    assert '<td data-l="Второй фактор" class="field-second_factor"><span class="quiet">нет</span></td>' in page
    CustomerFactory.create(name="ООО «Лес»")
    page = desk.get(reverse("admin:accounts_customer_changelist")).content.decode()
    assert re.search(r'<th data-l="Наименование" scope="row"[^>]*>.*?ООО «Лес».*?</th>', page)


def test_an_empty_cell_is_left_out_on_a_phone(desk: Client) -> None:
    UserFactory.create(last_login=None)
    page = desk.get(reverse("admin:accounts_user_changelist")).content.decode()
    assert '<td data-l="Последний вход" data-role="none" class="field-last_login nowrap">—</td>' in page


def test_sums_have_their_spaces_and_a_true_minus_on_all_pages(desk: Client) -> None:
    invoice = invoice_of(OrderFactory.create().account, Month.current().shift(-1), "1234.50")
    page = desk.get(reverse("admin:billing_invoice_changelist")).content.decode()
    assert 'class="field-total">1\u00a0543,13</td>' in page
    page = desk.get(reverse("admin:billing_invoice_change", args=[invoice.pk])).content.decode()
    assert '<div class="readonly">1\u00a0543,13</div>' in page
    assert "\u22121\u00a0543,13" in page  # what remains after the invoice


def test_rows_of_a_parent_lead_to_their_own_pages_and_name_their_columns(desk: Client) -> None:
    login = UserFactory.create(name="Анна Лис", phone="+375291234567")
    page = desk.get(reverse("admin:accounts_account_change", args=[login.account_id])).content.decode()
    address = reverse("admin:accounts_user_change", args=[login.pk])
    assert f'<th scope="row"><a href="{address}">+375 29 123-45-67</a></th><td data-l="Имя">Анна Лис</td>' in page
    assert 'name="users-TOTAL_FORMS"' in page


def test_a_page_with_rows_of_others_is_still_saved(desk: Client) -> None:
    login = UserFactory.create()
    address = reverse("admin:accounts_account_change", args=[login.account_id])
    form = desk.get(address).context["adminform"].form
    sent = {name: form.initial.get(name) or "" for name in form.fields} | {"contract_number": "SIP-77"}
    sent |= {"contract_date": "01.10.2026", "users-TOTAL_FORMS": "1", "users-INITIAL_FORMS": "1"}
    assert (
        desk.post(address, sent | {"users-0-id": str(login.pk), "users-0-account": str(login.account_id)}).status_code
        == 302
    )
    assert Account.objects.get(users=login).contract_number == "SIP-77"


def test_an_unknown_filter_leads_back_to_the_list(desk: Client) -> None:
    answer = desk.get(reverse("admin:accounts_account_export"), {"status__exact": "x", "contract_date__gte": "чч"})
    assert answer.status_code in {302, 400}


def test_who_may_not_see_a_list_gets_no_file() -> None:
    person = StaffFactory.create(is_superuser=False)
    assert signed_in(person).get(reverse(EXPORT)).status_code == 403
    person.user_permissions.add(Permission.objects.get(codename="view_customer"))
    answer = signed_in(User.objects.get(pk=person.pk)).get(reverse(EXPORT))
    assert answer.status_code == 200
    assert rows_of(answer)[0][0] == "Наименование"


def test_an_empty_list_says_so_and_offers_no_file(desk: Client) -> None:
    url = reverse("admin:accounts_customer_changelist")
    page = desk.get(url).content.decode()
    assert "Здесь пока пусто." in page
    assert reverse(EXPORT) not in page
    assert "По этому отбору ничего не найдено." in desk.get(url, {"q": "никто"}).content.decode()
