"""Customers, accounts and people of the staff, as the search finds them (4.1)."""

from functools import reduce
from operator import or_
from typing import Any

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.lookups import Exact

from accounts.models import Account, AccountStatus, Customer, User
from billing.models import DebtRestriction, DeliveryChoice, LedgerEntry
from desk.selectors.search.shape import BEGINNING, EXACT, PART, Rows, better_if, of_account, shaped
from desk.selectors.search.typed import Typed, words_of
from sipcabinet.lib.spelling import Plain
from subscribers.selectors import spellings

BARRED = "barred"  # a state beside those of the tables: outgoing calls are restricted for debt


def customers(typed: Typed, count: int, *, sums: bool) -> list[Rows]:
    """By the name's parts, the УНП or its beginning, the contact's telephone. `sums`: with the balance of all the
    customer's accounts, BYN."""
    found = []
    if typed.digits:
        whole = len(typed.digits) == 9
        unp = Q(unp=typed.digits) if whole else Q(unp__startswith=typed.digits)
        found.append(shown_customers(Customer.objects.filter(unp), EXACT if whole else BEGINNING, count, sums=sums))
    if typed.phone_part:
        rank = better_if(Q(contact_phone=typed.phone), EXACT, PART) if typed.phone else PART
        of_contact = Customer.objects.filter(spellings.looks_like("contact_phone", typed.text))
        found.append(shown_customers(of_contact, rank, count, sums=sums, detail="contact_phone"))
    if typed.words:
        if typed.has_name:  # found first: else many names with such words would hide the one that has no others
            found.append(shown_customers(_called(typed.words), PART, count, sums=sums))
        found.append(shown_customers(with_words([[word] for word in typed.words]), PART, count, sums=sums))
    return found


def with_words(meant: list[list[str]]) -> QuerySet[Customer]:
    """Customers whose name has one word of each list, also as a part of a longer word."""
    rows = Customer.objects.alias(plain_name=Plain("name"))
    for words in meant:
        rows = rows.filter(reduce(or_, (Q(plain_name__contains=word) for word in words)))
    return rows


def _called(words: list[str]) -> QuerySet[Customer]:
    """Customers whose name in quotation marks is just this."""
    name = " ".join(words)
    rows = Customer.objects.alias(plain_name=Plain("name"))
    return rows.filter(Q(plain_name__contains=f"«{name}»") | Q(plain_name__contains=f'"{name}"'))


def rank_of_name(typed: Typed, name: str) -> int:
    """How well a name with the typed words, or with words that contain them, fits."""
    own, words = words_of(name), words_of(typed.text)
    if own == words:
        return EXACT
    return BEGINNING if " ".join(own).startswith(" ".join(words)) else PART


def shown_customers(rows: QuerySet[Customer], rank: Any, count: int, *, sums: bool, detail: str = "unp") -> Rows:
    """Customers as the page shows them: `detail` is the column that was searched beside the name."""
    accounts = Account.objects.filter(customer=OuterRef("pk")).order_by().values("customer")
    columns: dict[str, Any] = {
        "title": "name",
        "detail": detail,
        "customer_id": "pk",
        "account": Subquery(accounts.annotate(all=StringAgg("number", ", ", order_by="number")).values("all")),
        "state": _state_of_customer(),
    }
    if sums:
        entries = LedgerEntry.objects.filter(account__customer=OuterRef("pk")).order_by().values("account__customer")
        columns["amount"] = Subquery(entries.annotate(sum=Sum("amount")).values("sum"))
    return shaped(rows, "customers", rank, count, **columns)


def accounts(typed: Typed, count: int, *, sums: bool) -> list[Rows]:
    """By the account's number, the contract's number, the cabinet's e-mail address, or an address for invoices."""
    found, rows = [], Account.objects.all()
    contract, email = Plain("contract_number"), Plain("cabinet_email")
    if typed.digits:
        exact = better_if(Q(number=typed.digits), EXACT, PART)
        found.append(_shown(rows.filter(number__contains=typed.digits), exact, count, sums=sums))
    if not typed.email:
        exact = better_if(Exact(contract, Value(typed.plain)), EXACT, PART)
        part = rows.alias(plain=contract).filter(plain__contains=typed.plain)
        found.append(_shown(part, exact, count, sums=sums))
    if "@" in typed.text or typed.words:
        exact = better_if(Exact(email, Value(typed.plain)), EXACT, PART)
        part = rows.alias(plain=email).filter(plain__contains=typed.plain)
        found.append(_shown(part, exact, count, sums=sums, detail="cabinet_email"))
    if typed.email:
        chosen = DeliveryChoice.objects.filter(addresses__overlap=[typed.email, typed.text])
        invoiced = rows.filter(pk__in=chosen.values("account"))
        found.append(_shown(invoiced, EXACT, count, sums=sums, detail=Value(typed.text)))
    return found


def _shown(rows: QuerySet[Account], rank: Any, count: int, *, sums: bool, detail: Any = "contract_number") -> Rows:
    columns = of_account("") | {"title": "number", "detail": detail, "state": _state_of_account()}
    if sums:
        entries = LedgerEntry.objects.filter(account=OuterRef("pk")).order_by().values("account")
        columns["amount"] = Subquery(entries.annotate(sum=Sum("amount")).values("sum"))
    return shaped(rows, "accounts", rank, count, **columns)


def staff(typed: Typed, count: int) -> list[Rows]:
    """People of the staff, by name or telephone. Their rows are few, and an index of their own holds them."""
    people = User.objects.filter(is_staff=True).alias(plain_name=Plain("name"))
    wanted = Q(pk__in=[])
    if typed.words:
        words = Q()
        for word in typed.words:
            words &= Q(plain_name__contains=word)
        wanted |= words
    if typed.phone_part:
        wanted |= spellings.looks_like("phone", typed.text)
    if not typed.words and not typed.phone_part:
        return []
    rank = better_if(Q(phone=typed.phone) if typed.phone else Exact(Plain("name"), Value(typed.plain)), EXACT, PART)
    active = Case(When(is_active=True, then=Value("active")), default=Value("closed"))
    rows = people.filter(wanted).order_by("name", "pk")
    return [shaped(rows, "staff", rank, count, title="name", detail="phone", state=active)]


def _state_of_customer() -> Any:
    """barred, closed or active: what one needs to know first when the customer calls."""
    barred = DebtRestriction.objects.filter(account__customer=OuterRef("pk"), lifted_at=None)
    open_ones = Account.objects.filter(customer=OuterRef("pk"), status=AccountStatus.ACTIVE)
    return Case(
        When(Exists(barred), then=Value(BARRED)),
        When(~Exists(open_ones), then=Value(AccountStatus.CLOSED)),
        default=Value(AccountStatus.ACTIVE),
        output_field=CharField(),
    )


def _state_of_account() -> Any:
    barred = DebtRestriction.objects.filter(account=OuterRef("pk"), lifted_at=None)
    return Case(When(Exists(barred), then=Value(BARRED)), default="status", output_field=CharField())
