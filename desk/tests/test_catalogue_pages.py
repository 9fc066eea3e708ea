"""«Каталог» at the desk: prices in force, coming and past; a new price is checked, reviewed, applied once (4.3)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from desk.models import TableImport
from desk.tests.cast import clerk
from desk.tests.forms_sent import hidden
from desk.tests.price_tables import LONG_AGO, applied, file_of, place, rate, rates_file, rates_of
from sipcabinet.lib import clock
from sipcabinet.tests.page_text import text, words
from sipcabinet.tests.signed_in import signed_in
from subscribers.models import BillingMonth, PlanKind, PlanTerms, Rate, ServicePrice
from subscribers.tests.factories import CallFactory, PlanTermsFactory, ServiceFactory, TariffPlanFactory, TrunkFactory

pytestmark = pytest.mark.django_db
DECEMBER, NOVEMBER = date(2026, 12, 1), date(2026, 11, 1)
READS = ("subscribers.view_planterms", "subscribers.view_rate", "subscribers.view_rerating")


@pytest.fixture(autouse=True)
def _catalogue(at: Callable[[str], Any], db: None) -> None:
    at("2026-11-22 10:00")
    rate("48", "0.8")


@pytest.fixture
def desk(staff: User) -> Client:
    return signed_in(staff)


def new_rate(desk: Client, **more: Any) -> Any:
    told = {
        "prefix": "48", "destination": place().pk, "price": "0,62", "first": 60, "following": 1, "day": "2026-12-01"
    }  # fmt: skip
    return desk.post(reverse("admin:desk_new_rate"), told | more)


def review_of(answer: Any) -> str:
    """The address of the review that a form leads to."""
    assert answer.status_code == 302, words(answer)
    return str(answer.headers["Location"])


def accept(desk: Client, url: str) -> Any:
    """Accepts what the review shows."""
    found = desk.get(url).context["found"]
    return desk.post(url, {"fingerprint": found.fingerprint}, follow=True)


def test_a_plan_shows_its_prices_in_force_coming_and_past(desk: Client) -> None:
    plan = TariffPlanFactory.create()
    for fee, since, until in (("10", LONG_AGO, NOVEMBER), ("12", NOVEMBER, DECEMBER), ("14", DECEMBER, None)):
        PlanTermsFactory.create(plan=plan, monthly_fee=fee, valid_from=since, valid_until=until)
    TrunkFactory.create(plan=plan)
    service = ServiceFactory.create(name="Чёрный список", fee="1.00")
    ServicePrice.objects.filter(service=service).update(valid_until=DECEMBER)
    ServicePrice.objects.create(service=service, monthly_fee="1.20", valid_from=DECEMBER)
    page = words(desk.get(reverse("admin:desk_catalogue_plan", args=[plan.pk])))
    for shown in (
        "01.01.2020 – 31.10.2026 прошлая 10,00",
        "01.11.2026 – 30.11.2026 действует 12,00",
        "с 01.12.2026 назначена 14,00",
        "Чёрный список с 01.12.2026 назначена 1,20", "Польша 0,80",
    ):  # fmt: skip
        assert shown in page
    assert "действует с 01.11.2026" in page
    assert "лицевых счетов: 1" in page


def test_the_first_page_shows_plans_destinations_and_the_last_changes(desk: Client) -> None:
    PlanTermsFactory.create()
    applied(rates_file(["49", "poland", "0,9"]), DECEMBER)
    page = words(desk.get(reverse("admin:desk_catalogue")))
    assert "SIP-соединение SIP-соединение 12,00 300 2" in page
    assert "Польша 0,80 1 — 01.12.2026" in page
    assert "цены.csv" in page


def test_a_new_rate_is_reviewed_and_applied(desk: Client) -> None:
    url = review_of(new_rate(desk))
    assert rates_of("48") == [("0.8", LONG_AGO, None)]
    page = text(desk.get(url))
    assert "ничего ещё не изменено" in page
    assert "−22,5 %" in page
    assert "с 00:00 01.12.2026 по Минску" in page
    assert "не меняются: новая цена ещё не наступила" in page
    assert "Принято целиком." in words(accept(desk, url))
    assert rates_of("48") == [("0.8", LONG_AGO, DECEMBER), ("0.62", DECEMBER, None)]


@pytest.mark.parametrize(
    ("more", "field", "message"),
    [
        ({"price": ""}, "price", "Введите цену"),
        ({"price": "дорого"}, "price", "Введите число"),
        ({"price": "0,8"}, "price", "Такая цена на этот день уже есть"),
        ({"prefix": "48x"}, "prefix", "Нужны только цифры"),
        ({"day": "2026-11-22"}, "day", "прошлое не меняется"),
        ({"day": ""}, "day", "Выберите день"),
        ({"first": "0"}, "first", "больше либо равно 1"),
    ],
)
def test_a_fault_is_told_beside_its_field_and_what_was_typed_stays(
    desk: Client, more: dict[str, str], field: str, message: str
) -> None:
    answer = new_rate(desk, **more)
    assert message in " ".join(answer.context["form"].errors[field])
    assert answer.context["form"]["destination"].value() == str(place().pk)
    assert not TableImport.objects.exists()


def test_a_destination_gets_one_price_for_all_its_prefixes(desk: Client) -> None:
    rate("4822", "0.9", first_increment=30)
    url = review_of(
        desk.post(reverse("admin:desk_new_destination_rate", args=[place().pk]), {"price": "0,5", "day": "2026-12-01"})
    )
    accept(desk, url)
    assert [rates_of(prefix)[-1] for prefix in ("48", "4822")] == [("0.5", DECEMBER, None)] * 2
    assert Rate.objects.get(prefix="4822", valid_from=DECEMBER).first_increment == 30


def test_a_plan_gets_new_terms_and_the_review_says_whom_they_touch(desk: Client) -> None:
    plan = PlanTermsFactory.create().plan
    TrunkFactory.create_batch(2, plan=plan)
    form = {"fee": "15", "included_minutes": "400", "included_channels": "2", "day": "2026-12-01"}
    url = review_of(desk.post(reverse("admin:desk_new_fee", args=["plan", plan.pk]), form))
    page = words(desk.get(url))
    assert "2 абонента" in page
    assert "+6,00 BYN без НДС" in page.replace("\u00a0", " ")
    assert "Минут: 300 → 400" in page
    accept(desk, url)
    terms = PlanTerms.objects.order_by("valid_from")
    assert [(one.monthly_fee, one.included_minutes, one.valid_from) for one in terms] == [
        (Decimal(12), 300, LONG_AGO), (Decimal(15), 400, DECEMBER)
    ]  # fmt: skip


def test_a_plan_gets_another_share_while_suspended_and_keeps_it(desk: Client) -> None:
    plan = PlanTermsFactory.create().plan
    address = reverse("admin:desk_new_fee", args=["plan", plan.pk])
    form = {"fee": "12", "included_minutes": "300", "included_channels": "2", "day": "2026-12-01"}
    assert "не больше" in words(desk.post(address, form | {"suspended_fee_percent": "101"})).replace(
        "меньше либо равно", "не больше"
    )
    url = review_of(desk.post(address, form | {"suspended_fee_percent": "40"}))
    assert "При приостановлении, %: 100 → 40" in words(desk.get(url))
    accept(desk, url)
    accept(desk, review_of(desk.post(address, form | {"fee": "13", "day": "2027-01-01"})))
    rows = PlanTerms.objects.order_by("valid_from").values_list("monthly_fee", "suspended_fee_percent")
    assert list(rows) == [(Decimal(12), 100), (Decimal(12), 40), (Decimal(13), 40)]
    assert "40 %" in words(desk.get(reverse("admin:desk_catalogue_plan", args=[plan.pk]))).replace("\u00a0", " ")


def test_a_plan_of_numbers_has_no_minutes_to_set(desk: Client) -> None:
    plan = TariffPlanFactory.create(kind=PlanKind.NUMBER)
    form = desk.get(reverse("admin:desk_new_fee", args=["plan", plan.pk])).context["form"]
    assert set(form.fields) == {"fee", "suspended_fee_percent", "day"}


def test_unknown_priced_things_are_missing(desk: Client) -> None:
    assert desk.get(reverse("admin:desk_new_fee", args=["plan", 999])).status_code == 404
    assert desk.get(reverse("admin:desk_new_fee", args=["number", 1])).status_code == 404


@pytest.mark.parametrize("rows", [1, 12])
def test_the_pages_ask_the_same_queries_whatever_the_catalogue_holds(desk: Client, rows: int) -> None:
    plan = PlanTermsFactory.create().plan
    for number in range(rows):
        ServiceFactory.create(code=f"s{number}")
        rate(f"3{number}", "0.8", destination=place(f"d{number}", f"Страна {number}"))
        applied(rates_file([f"3{number}", f"d{number}", "0,9"]), DECEMBER)
    counts = {}
    for name, args in (("catalogue", []), ("catalogue_plan", [plan.pk])):
        url = reverse(f"admin:desk_{name}", args=args)
        desk.get(url)  # the counts of the navigation are kept for a while
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(url).status_code == 200
        counts[name] = len(queries)
    assert counts["catalogue"] <= 12
    assert counts["catalogue_plan"] <= 18


# --- files -----------------------------------------------------------------------------------------------------------


def uploaded(desk: Client, content: bytes, name: str = "цены.csv", code: str = "rates", **more: str) -> Any:
    form = {"file": SimpleUploadedFile(name, content), "day": "2026-12-01"} | more
    return desk.post(reverse("admin:desk_table_upload", args=[code]), form)


def test_a_file_is_checked_reported_and_applied(desk: Client) -> None:
    url = review_of(uploaded(desk, rates_file(["48", "Польша", "0,62"], ["49", "Польша", "0,9"])))
    report = desk.get(reverse("admin:desk_table_report", args=[TableImport.objects.get().pk]), {"format": "csv"})
    assert "изменяется;'+48;Польша;0,80;0,62" in file_of(report).decode()
    accept(desk, url)
    page = words(desk.get(url, {"show": "new"}))
    assert "принято" in page
    assert "+49 Польша — 0,90" in page
    report = desk.get(reverse("admin:desk_table_report", args=[TableImport.objects.get().pk]), {"format": "csv"})
    assert "новая;'+49;Польша;;0,90" in file_of(report).decode()


def test_faulty_rows_are_named_and_nothing_can_be_accepted(desk: Client) -> None:
    url = review_of(uploaded(desk, rates_file(["48", "Польша", "0,62"], ["49", "Сомали", "x"])))
    page = words(desk.get(url))
    assert "Строк с ошибками: 1" in page
    assert "3 Цена минуты x нужно число, например 0,8" in page
    answer = words(accept(desk, url))
    assert "принимается целиком или не принимается вовсе" in answer
    assert rates_of("48") == [("0.8", LONG_AGO, None)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "Файл пустой"),
        (b"PK\x03\x04zip", "повреждена"),
        (b"a;b\r\n1;2", "Не найден заголовок"),
        (b"x" * (5 * 1024 * 1024 + 1), "больше 5 МБ"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_beside_the_field(desk: Client, content: bytes, message: str) -> None:
    answer = uploaded(desk, content)
    assert message in " ".join(answer.context["form"].errors["file"])
    assert not TableImport.objects.exists()


def test_the_day_of_a_closed_month_is_refused_beside_the_day(desk: Client) -> None:
    BillingMonth.objects.create(month=date(2026, 10, 1), closed_at=clock.now())
    answer = uploaded(desk, rates_file(["49", "Польша", "1"]), day="2026-10-05")
    assert "Октябрь 2026 уже закрыт" in " ".join(answer.context["form"].errors["day"])


def test_a_review_that_is_out_of_date_is_shown_anew_and_changes_nothing(desk: Client) -> None:
    url = review_of(new_rate(desk))
    shown = desk.get(url).context["found"].fingerprint
    applied(rates_file(["48", "poland", "0,7"]), DECEMBER)
    answer = desk.post(url, {"fingerprint": shown})
    page = words(answer)
    assert "каталог изменился" in page
    assert rates_of("48")[-1][0] == "0.7"
    desk.post(url, {"fingerprint": answer.context["found"].fingerprint})
    assert rates_of("48")[-1][0] == "0.62"


def test_a_table_is_refused_by_a_person_and_stays_so(desk: Client) -> None:
    url = review_of(new_rate(desk))
    desk.post(url, {"discard": "1"})
    assert "отказались принимать" in words(desk.get(url))
    assert rates_of("48") == [("0.8", LONG_AGO, None)]


def test_a_past_day_leads_to_the_re_rating_of_open_months(desk: Client) -> None:
    BillingMonth.objects.create(month=NOVEMBER)
    trunk = TrunkFactory.create()
    for number in ("+48221234567", "+48601234567"):
        CallFactory.create(subscriber=trunk, other_party=number, destination=place())
    url = review_of(new_rate(desk, prefix="4822", price="0,5", day="2026-11-01"))
    assert "Принятые звонки, которые нужно пересчитать 1 звонок" in words(desk.get(url)).replace("\u00a0", " ")
    page = words(accept(desk, url))
    assert "Звонки, принятые раньше, посчитаны по прежним ценам" in page
    assert "Ноябрь 2026" in page
    assert "К пересчёту" in page


# --- rights ----------------------------------------------------------------------------------------------------------


def test_those_who_only_read_see_everything_and_change_nothing(desk: Client) -> None:
    url = review_of(new_rate(desk))
    reader = signed_in(clerk(*READS, "subscribers.view_destination"))
    shown = reader.get(url)
    assert shown.status_code == 200
    assert "Принять" not in words(shown)
    for path, method in (
        (url, "post"),
        (reverse("admin:desk_new_rate"), "get"),
        (reverse("admin:desk_table_upload", args=["rates"]), "get"),
        (reverse("admin:desk_table_upload", args=["rates"]), "post"),
    ):
        assert getattr(reader, method)(path).status_code == 403
    assert rates_of("48") == [("0.8", LONG_AGO, None)]


def test_who_may_add_rates_may_not_change_fees_or_destinations(desk: Client) -> None:
    person = signed_in(clerk(*READS, "subscribers.add_rate", "subscribers.change_rate"))
    assert person.get(reverse("admin:desk_new_rate")).status_code == 200
    for code in ("fees", "destinations"):
        assert person.get(reverse("admin:desk_table_upload", args=[code])).status_code == 403
    assert person.get(reverse("admin:desk_table_upload", args=["nothing"])).status_code == 404


def test_what_a_file_does_not_have_ends_by_a_choice_in_its_check(desk: Client) -> None:
    rate("4822", "0.9")
    file = SimpleUploadedFile("цены.csv", rates_file(["48", "poland", "0,62"]))
    url = review_of(desk.post(reverse("admin:desk_table_upload", args=["rates"]), {"file": file, "day": "2026-12-01"}))
    assert "Действующих цен, которых в файле нет: 1" in words(desk.get(url))
    assert f'{url}?absent=end"' in desk.get(url).content.decode()
    page = desk.get(url, {"absent": "end"})
    assert "Закончатся 1" in words(page)
    desk.post(url, hidden(page))
    assert [rates_of(prefix)[0][2] for prefix in ("48", "4822")] == [DECEMBER, DECEMBER]
    assert len(rates_of("4822")) == 1
    assert "Закончены 1" in words(desk.get(url))
