"""Nobody gets a number that is not free (4.13)."""

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.actor import Actor
from accounts.models import Account, AuditEvent, Customer, User
from accounts.tests.factories import AccountFactory
from sipcabinet.lib import clock
from sipcabinet.lib.errors import DomainError
from sipcabinet.tests.at_once import at_once
from subscribers.errors import NumberError
from subscribers.models import HoldKind, NumberHold, NumberOrigin, NumberRange, PlanKind, Subscriber, TariffPlan
from subscribers.selectors import offers, pool
from subscribers.selectors.offers import Wish
from subscribers.selectors.pool import PoolState
from subscribers.services import number_ranges, numbers
from subscribers.services import pool as services
from subscribers.tests.factories import NumberFactory, NumberRangeFactory, TariffPlanFactory, TrunkFactory

FIRST, SECOND, THIRD = "+375172700000", "+375172700001", "+375172700002"
OUTSIDE = "+375447112030"


@pytest.fixture
def plan(db: None) -> TariffPlan:
    return TariffPlanFactory.create()


@pytest.fixture
def ten(db: None) -> NumberRange:
    """17 270-00-00 … 17 270-00-09."""
    return NumberRangeFactory.create()


def refused(code: str, work: Callable[..., Any], **given: Any) -> NumberError:
    with pytest.raises(NumberError) as refusal:
        work(**given)
    assert refusal.value.code == f"number.{code}"
    return refusal.value


def state(phone: str) -> PoolState:
    return pool.find(phone).state


def reserve(phone: str = FIRST, *, customer: Customer | None = None, count: int = 1, by: Actor | None = None) -> None:
    services.reserve(
        first=phone, count=count, until=clock.today(), by=by or Actor(), customer=customer,
        text="" if customer else "выставка",
    )  # fmt: skip


def test_a_number_of_a_range_is_free_then_used_then_in_quarantine(
    ten: NumberRange, account: Account, plan: TariffPlan
) -> None:
    assert state(FIRST) == PoolState.FREE
    trunk = numbers.open_trunk(account=account, phone=FIRST, plan=plan)
    assert state(FIRST) == PoolState.USED
    numbers.close(subscriber=trunk)
    assert state(FIRST) == PoolState.QUARANTINE
    hold = NumberHold.objects.get()
    assert trunk.closed_at is not None
    assert hold.until == trunk.closed_at + timedelta(days=60)


def test_a_number_in_quarantine_goes_only_to_its_last_customer(
    ten: NumberRange, account: Account, plan: TariffPlan
) -> None:
    numbers.close(subscriber=numbers.open_trunk(account=account, phone=FIRST, plan=plan))
    stranger = AccountFactory.create()
    assert "карантине" in refused("held", numbers.open_trunk, account=stranger, phone=FIRST, plan=plan).message
    numbers.open_trunk(account=account, phone=FIRST, plan=plan)
    assert state(FIRST) == PoolState.USED


def test_after_the_quarantine_anybody_may_have_it(ten: NumberRange, account: Account, plan: TariffPlan) -> None:
    numbers.close(subscriber=numbers.open_trunk(account=account, phone=FIRST, plan=plan))
    with clock.at(clock.now() + timedelta(days=61)):
        assert state(FIRST) == PoolState.FREE
        numbers.open_trunk(account=AccountFactory.create(), phone=FIRST, plan=plan)


def test_a_reserved_number_goes_only_to_the_one_it_is_kept_for(
    ten: NumberRange, account: Account, plan: TariffPlan
) -> None:
    reserve(FIRST, customer=account.customer)
    reserve(SECOND)
    for phone in (FIRST, SECOND):
        refused("held", numbers.open_trunk, account=AccountFactory.create(), phone=phone, plan=plan)
    numbers.open_trunk(account=account, phone=FIRST, plan=plan)
    refused("held", numbers.open_trunk, account=account, phone=SECOND, plan=plan)
    assert NumberHold.objects.get(phone=FIRST).ended_why == "номер подключён"
    numbers.open_trunk(account=account, phone=SECOND, plan=plan, origin=NumberOrigin.RESERVED)


def test_a_number_ported_out_goes_to_nobody_until_it_comes_back(
    ten: NumberRange, account: Account, plan: TariffPlan, staff: User
) -> None:
    trunk = numbers.open_trunk(account=account, phone=FIRST, plan=plan)
    numbers.close(subscriber=trunk, ported_out=True)
    assert state(FIRST) == PoolState.PORTED_OUT
    refused("held", numbers.open_trunk, account=account, phone=FIRST, plan=plan)
    services.end(phone=FIRST, kind=HoldKind.PORTED_OUT, by=Actor(staff, reason="вернулся от оператора"))
    numbers.open_trunk(account=account, phone=FIRST, plan=plan)


def test_a_number_outside_all_ranges_is_ported_in_or_refused(
    ten: NumberRange, account: Account, plan: TariffPlan
) -> None:
    assert refused("outside", numbers.open_trunk, account=account, phone=OUTSIDE, plan=plan).field == "phone"
    refused("own", numbers.open_trunk, account=account, phone=FIRST, plan=plan, origin=NumberOrigin.PORTED_IN)
    trunk = numbers.open_trunk(account=account, phone=OUTSIDE, plan=plan, origin=NumberOrigin.PORTED_IN)
    assert state(OUTSIDE) == PoolState.PORTED_IN
    numbers.close(subscriber=trunk)
    assert state(OUTSIDE) == PoolState.OUTSIDE
    assert not NumberHold.objects.exists()


def test_an_installation_without_ranges_goes_on_as_before(account: Account, plan: TariffPlan) -> None:
    numbers.open_trunk(account=account, phone=OUTSIDE, plan=plan)
    assert state(OUTSIDE) == PoolState.OUTSIDE
    NumberRangeFactory.create()
    assert pool.outside() == (0, 1)


def test_the_database_itself_refuses_a_held_number(ten: NumberRange, account: Account) -> None:
    reserve(FIRST)
    with pytest.raises(IntegrityError, match="held"), transaction.atomic():
        TrunkFactory.create(phone=FIRST)
    trunk = TrunkFactory.create(phone=SECOND)
    with pytest.raises(IntegrityError, match="used"), transaction.atomic():
        NumberHold.objects.create(phone=SECOND, kind=HoldKind.RESERVED)
    Subscriber.objects.filter(pk=trunk.pk).update(status="closed", closed_at=clock.now())
    NumberHold.objects.create(phone=SECOND, kind=HoldKind.RESERVED)
    with pytest.raises(IntegrityError, match="number_held_once"), transaction.atomic():
        NumberHold.objects.create(phone=SECOND, kind=HoldKind.QUARANTINE)


def test_without_the_service_s_check_the_database_refuses_the_connection(
    ten: NumberRange, account: Account, plan: TariffPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    reserve(FIRST)
    monkeypatch.setattr(services, "take", lambda **_given: None)
    refused("taken", numbers.open_trunk, account=account, phone=FIRST, plan=plan)
    assert not Subscriber.objects.exists()


def test_a_run_is_reserved_whole_or_not_at_all(ten: NumberRange, account: Account, staff: User) -> None:
    TrunkFactory.create(phone=THIRD)
    refused("not_free", reserve, phone=FIRST, count=3)
    refused("count", reserve, phone="+375172700008", count=3)
    refused("outside", reserve, phone=OUTSIDE)
    assert not NumberHold.objects.exists()
    by = Actor(staff, token="form")
    reserve(FIRST, count=2, by=by)
    reserve(FIRST, count=2, by=by)
    assert NumberHold.objects.count() == 2
    event = AuditEvent.objects.get(action="number.reserved")
    assert (event.user, event.details) == (staff, {"phone": FIRST, "numbers": 2})


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("for_whom", {"text": " "}),
        ("until", {"until": timedelta(days=-1)}),
        ("until", {"until": timedelta(days=400)}),
        ("count", {"count": 101}),
        ("text", {"text": "я" * 201}),
    ],
)
def test_a_reservation_with_a_fault_is_refused(code: str, wrong: dict[str, Any], ten: NumberRange) -> None:
    until = clock.today() + wrong.pop("until", timedelta(0))
    refused(code, services.reserve, **{"first": FIRST, "until": until, "text": "выставка", "by": Actor(), **wrong})


def test_a_hold_is_ended_early_with_a_reason_and_once(ten: NumberRange, staff: User) -> None:
    reserve(FIRST)
    refused("reason", services.end, phone=FIRST, kind=HoldKind.RESERVED, by=Actor(staff, reason=" "))
    services.end(phone=FIRST, kind=HoldKind.RESERVED, by=Actor(staff, reason="отказался"))
    assert state(FIRST) == PoolState.FREE
    refused("not_held", services.end, phone=FIRST, kind=HoldKind.RESERVED, by=Actor(staff, reason="ещё раз"))
    assert AuditEvent.objects.get(action="number.released").user == staff


def test_counts_add_up_to_the_size_of_the_range(ten: NumberRange, account: Account, plan: TariffPlan) -> None:
    trunk = TrunkFactory.create(phone=FIRST)
    NumberFactory.create(trunk=trunk, phone=SECOND, connected_at=clock.now())
    reserve(THIRD)
    (counted,) = pool.counts([ten])
    assert counted.by_state == {"free": 7, "reserved": 1, "used": 2, "quarantine": 0, "ported_out": 0}
    assert (counted.months, counted.is_short) == (42, False)


def test_a_page_of_a_range_narrows_by_state_and_pattern(ten: NumberRange, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "PAGE_SIZE", 4)
    TrunkFactory.create(phone=SECOND)
    first = pool.page(ten, state="", like="%")
    assert [row.state for row in first.rows] == ["free", "used", "free", "free"]
    assert (first.rows[1].subscriber, first.back) == (Subscriber.objects.get(), "")
    second = pool.page(ten, state="", like="%", onward=first.onward)
    assert [row.phone[-1] for row in second.rows] == ["4", "5", "6", "7"]
    assert [row.phone[-1] for row in pool.page(ten, state="", like="%", back=second.back).rows] == ["0", "1", "2", "3"]
    assert [row.phone for row in pool.page(ten, state="used", like="%").rows] == [SECOND]
    assert [row.phone[-1] for row in pool.page(ten, state="free", like="%00_").rows[:1]] == ["0"]


def test_offers_are_free_numbers_by_pattern_or_in_a_row(ten: NumberRange, account: Account) -> None:
    TrunkFactory.create(phone=THIRD)
    reserve(SECOND, customer=account.customer)
    reserve("+375172700009")
    assert [offer.phones for offer in offers.free(Wish(like="%1"))] == []
    (mine,) = offers.free(Wish(like="%1", customer=account.customer))
    assert (mine.phones, mine.for_whom) == ([SECOND], account.customer.name)
    assert [offer.for_whom for offer in offers.free(Wish(like="%9", with_reserved=True))] == ["выставка"]
    assert [offer.phones[0][-1] for offer in offers.free(Wish(count=3))] == ["3", "6"]
    assert offers.free(Wish(count=8)) == []


def test_ranges_never_overlap(ten: NumberRange, staff: User) -> None:
    ends = number_ranges.checked(first="17 270-00-09", last="17 270-00-20")
    refused("overlap", number_ranges.add, ends=ends, by=Actor(staff))
    with pytest.raises(IntegrityError, match="never_overlap"), transaction.atomic():
        NumberRangeFactory.create(first=ends.first, last=ends.last)
    same = number_ranges.checked(first="17 270-00-00", last="17 270-00-09")
    other = number_ranges.checked(first="44 700-00-00", last="44 700-00-99", note=" мобильные ")
    (added,) = number_ranges.add_all(rows=[same, other], by=Actor(staff))
    assert (added.size, added.note) == (100, "мобильные")


@pytest.mark.parametrize(
    ("code", "first", "last"),
    [
        ("invalid", "буквы", ""),
        ("foreign", "+7 495 123-45-67", ""),
        ("order", "17 270-00-09", "17 270-00-00"),
        ("area", "29 999-99-99", "33 000-00-10"),
        ("size", "17 200-00-00", "17 210-00-00"),
    ],
)
def test_a_range_with_a_fault_is_refused(code: str, first: str, last: str, db: None) -> None:
    refused(code, number_ranges.checked, first=first, last=last)


def last_free_number(requests: int) -> list[str]:
    """The outcomes of many requests at once for the last free number of a range: half connect it, half reserve it."""
    NumberRangeFactory.create(first=375172700000, last=375172700000)
    plan = TariffPlanFactory.create(kind=PlanKind.NUMBER)
    trunks = [TrunkFactory.create() for _ in range(requests // 2)]

    def told(work: Callable[[], Any]) -> Callable[[], str]:
        def outcome() -> str:
            try:
                work()
            except DomainError as refusal:
                return refusal.code
            return "got it"

        return outcome

    def connect(trunk: Subscriber) -> None:
        numbers.open_number(trunk=trunk, phone=FIRST, plan=plan)

    works = [told(lambda trunk=trunk: connect(trunk)) for trunk in trunks]  # type: ignore[misc]
    return at_once([*works, *(told(reserve) for _ in range(requests - len(works)))])


@pytest.mark.parametrize("requests", [20, pytest.param(200, marks=pytest.mark.full)])
@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_gets_the_last_free_number(requests: int) -> None:
    outcomes = last_free_number(requests)
    assert outcomes.count("got it") == 1
    assert set(outcomes) <= {"got it", "number.taken", "number.held", "number.not_free"}
    used, held = Subscriber.objects.filter(phone=FIRST).count(), NumberHold.objects.filter(phone=FIRST).count()
    assert used + held == 1


def test_an_upgrade_gives_lately_closed_numbers_the_rest_of_their_quarantine(account: Account) -> None:
    """The SQL of the migration, on rows of an installation that had no pool."""
    quarantines = import_module("subscribers.migrations.0028_number_pool").QUARANTINES
    lately, long_ago = clock.now() - timedelta(days=10), clock.now() - timedelta(days=90)
    resting = TrunkFactory.create(account=account, phone=FIRST, status="closed", closed_at=lately)
    TrunkFactory.create(account=account, phone=SECOND, status="closed", closed_at=long_ago)
    TrunkFactory.create(account=account, phone=THIRD, status="closed", closed_at=lately)
    TrunkFactory.create(phone=THIRD, connected_at=lately)  # somebody has it already
    with connection.cursor() as cursor:
        cursor.execute(quarantines)
    hold = NumberHold.objects.get()
    assert (hold.phone, hold.customer, hold.until) == (FIRST, account.customer, lately + timedelta(days=60))
    assert resting.closed_at == hold.starts_at
