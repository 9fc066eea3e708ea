"""Ordering letters: stored rows, refusals, and what a customer's page may do."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import patch

import pytest
from django.db import ProgrammingError, connection, transaction
from django.template import TemplateDoesNotExist
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from notifications.models import Letter, LetterAttachment
from notifications.services import letters
from notifications.services.letters import Attachment, LetterError
from notifications.services.rendering import one_line, render
from notifications.tests.conftest import RECIPIENT, SECRET
from sipcabinet.lib import durable, tenancy

Write = Callable[..., Letter]
FILE = Attachment("Детализация.xlsx", "application/vnd.ms-excel", "documents/1.xlsx", "0" * 64)


def test_a_letter_is_rendered_when_it_is_ordered(write: Write) -> None:
    letter = write()
    assert letter.subject == "Детализация за октябрь"
    assert letter.state == durable.JobState.WAITING
    assert letter.body_text.startswith("Здравствуйте!\n\nза октябрь готово.\n\nhttps://cabinet.example/d/1?a=1&b=2\n")
    assert letter.body_html.startswith("<!DOCTYPE html>")
    assert letter.message_id.startswith("<")
    assert letter.message_id.endswith(">")


def test_the_whole_link_stands_on_a_line_of_its_own_and_in_the_html(write: Write) -> None:
    letter = write()
    assert "https://cabinet.example/d/1?a=1&b=2" in letter.body_text.splitlines()
    assert letter.body_html.count("https://cabinet.example/d/1?a=1&amp;b=2") == 3  # button, link, its text


def test_every_letter_knows_the_operator(write: Write, settings: Settings) -> None:
    settings.OPERATOR_NAME, settings.SUPPORT_PHONE = "Оператор «Заря»", "+375172000000"
    letter = write()
    for body in (letter.body_text, letter.body_html):
        assert "Оператор «Заря»" in body
        assert "+375 17 200-00-00" in body
        assert settings.SUPPORT_EMAIL in body


def test_only_the_html_is_escaped(write: Write) -> None:
    letter = write(context={"what": "<b>& «счёт»", "url": ""})
    assert letter.subject == "Детализация <b>& «счёт»"
    assert "<b>& «счёт» готово" in letter.body_text
    assert "&lt;b&gt;&amp; «счёт»" in letter.body_html


@pytest.mark.parametrize(
    "what", ["a\r\nBcc: thief@evil.example", "a\nb", "a\rb", "a\x0bb", "a\u2028b", "a\x85b", "a\x00b", "  a \t b  "]
)
def test_a_subject_is_one_line(write: Write, what: str) -> None:
    subject = write(context={"what": what}).subject
    assert len(subject.splitlines()) == 1
    assert subject.isprintable()


def test_a_subject_fits_its_column(write: Write) -> None:
    assert len(write(context={"what": "ы" * 500}).subject) == 200


@hypothesis_settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=80))
def test_nothing_in_a_subject_begins_another_header(text: str) -> None:
    subject = render("sample", {"what": text}).subject
    assert len(subject.splitlines()) == 1
    assert one_line(subject) == subject


@pytest.mark.parametrize(
    "recipient",
    [
        "", "office", "office@", "@customer.example", "a@b@c.example",
        "office@customer.example\r\nRCPT TO:<x@evil.example>",
        "office@customer.example\n", "Office <office@customer.example>", "a@customer.example,b@customer.example",
        "a b@customer.example", "office@customer.example>", "a" * 250 + "@customer.example",
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused_and_nothing_is_written(write: Write, recipient: str) -> None:
    with pytest.raises(LetterError) as refusal:
        write(recipient)
    assert refusal.value.code == "letter.bad_recipient"
    assert "E-mail" in refusal.value.message
    assert not Letter.objects.exists()


def test_a_kind_without_templates_is_a_mistake_seen_at_once(write: Write) -> None:
    with pytest.raises(TemplateDoesNotExist):
        write(kind="no_such_kind")
    assert not Letter.objects.exists()


def test_the_same_dedupe_key_gives_the_first_letter(write: Write) -> None:
    first = write(dedupe_key="order:1", attachments=[FILE])
    second = write(dedupe_key="order:1", attachments=[FILE])
    assert first == second
    assert write(dedupe_key="order:2") != first
    assert LetterAttachment.objects.count() == 1


def test_message_ids_differ_and_carry_the_portals_domain(write: Write, settings: Settings) -> None:
    settings.SITE_URL = "https://кабинет.example:8443"
    first, second = write(), write()
    assert first.message_id != second.message_id
    assert first.message_id.endswith(f"@{'кабинет'.encode('idna').decode()}.example>")


@pytest.mark.parametrize(
    ("url", "domain"),
    [("http://127.0.0.1:8000", "[127.0.0.1]"), ("http://[::1]:8000", "[IPv6:::1]"), ("http://localhost", "localhost")],
)
def test_a_site_without_a_name_has_an_address_literal(write: Write, settings: Settings, url: str, domain: str) -> None:
    settings.SITE_URL = url
    assert write().message_id.endswith(f"@{domain}>")


def test_file_names_have_no_line_ends_and_no_folders(write: Write) -> None:
    odd = Attachment("../a\\b\r\nX-Evil: 1.xlsx", "text/csv", "documents/1", "0" * 64)
    [file] = write(attachments=[odd]).attachments.all()
    assert file.file_name == ".._a_b X-Evil: 1.xlsx"


def test_a_letter_sends_the_hint_to_workers_after_the_commit(
    write: Write, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with patch("celery.current_app.send_task") as send, django_capture_on_commit_callbacks(execute=True):
        write()
        assert not send.called
    assert send.call_args.args == ("notifications.drain_letters",)


# --- Sealed letters --------------------------------------------------------------------------------------------------
def test_a_sealed_letter_is_unreadable_without_the_key(write_secret: Write, settings: Settings) -> None:
    from notifications.services import sealing

    letter = write_secret()
    assert SECRET not in letter.body_text + letter.body_html + letter.subject
    assert SECRET in sealing.unseal(letter.body_text)
    assert SECRET in sealing.unseal(letter.body_html)
    former = settings.LETTER_KEYS
    settings.LETTER_KEYS = ["MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE="]
    with pytest.raises(sealing.InvalidToken):
        sealing.unseal(letter.body_text)
    settings.LETTER_KEYS = [*settings.LETTER_KEYS, *former]
    assert SECRET in sealing.unseal(letter.body_text)


def test_without_the_seal_the_secret_would_lie_open(write_secret: Write) -> None:
    assert SECRET in write_secret(sealed=False).body_text


# --- «Отправить ещё раз» ---------------------------------------------------------------------------------------------
def _ended(letter: Letter, state: durable.JobState = durable.JobState.DONE) -> Letter:
    Letter.objects.filter(pk=letter.pk).update(state=state)
    letter.refresh_from_db()
    return letter


@pytest.mark.parametrize("state", [durable.JobState.DONE, durable.JobState.REFUSED, durable.JobState.PARKED])
def test_a_repeat_is_a_new_letter_with_the_same_text_and_files(write: Write, state: durable.JobState) -> None:
    first = _ended(write(attachments=[FILE]), state)
    repeat = letters.resend(letter=first)
    assert repeat.pk != first.pk
    assert repeat.message_id != first.message_id
    assert (repeat.subject, repeat.body_text, repeat.body_html) == (first.subject, first.body_text, first.body_html)
    assert repeat.resend_of == first
    assert repeat.state == durable.JobState.WAITING
    assert [a.path for a in repeat.attachments.all()] == [FILE.path]


def test_a_repeat_may_go_to_the_address_of_today(write: Write) -> None:
    first = _ended(write())
    assert letters.resend(letter=first, recipient="new@customer.example").recipient == "new@customer.example"
    assert letters.resend(letter=_ended(write())).recipient == RECIPIENT


def test_a_letter_still_in_the_queue_is_not_repeated(write: Write) -> None:
    first = write()
    with pytest.raises(LetterError, match="ещё в очереди"):
        letters.resend(letter=first)
    _ended(first)
    letters.resend(letter=first)
    with pytest.raises(LetterError, match="ещё в очереди"):
        letters.resend(letter=first)
    assert Letter.objects.count() == 2


def _press_together(first: Letter, presses: int, *, with_key: bool) -> int:
    """Presses «Отправить ещё раз»; all presses read the queue before any writes. Returns the number of repeats."""
    queue, barrier = letters._queue, threading.Barrier(presses, timeout=10)

    def together(fields: dict[str, Any], files: list[Attachment], key: str) -> Letter:
        barrier.wait()
        return queue(fields, files, key if with_key else None)

    def press(_: int) -> None:
        try:
            letters.resend(letter=first)
        finally:
            connection.close()

    with patch.object(letters, "_queue", together), ThreadPoolExecutor(presses) as pool:
        list(pool.map(press, range(presses)))
    return Letter.objects.filter(resend_of=first).count()


@pytest.mark.django_db(transaction=True)
def test_presses_at_the_same_moment_make_one_repeat(write: Write) -> None:
    assert _press_together(_ended(write()), 6, with_key=True) == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_key_each_press_would_make_one(write: Write) -> None:
    assert _press_together(_ended(write()), 6, with_key=False) == 6


def test_a_sealed_letter_is_never_repeated(write_secret: Write) -> None:
    with pytest.raises(LetterError) as refusal:
        letters.resend(letter=_ended(write_secret()))
    assert refusal.value.code == "letter.sealed"
    assert Letter.objects.count() == 1


# --- Behind the second wall ------------------------------------------------------------------------------------------
def test_a_customers_page_orders_and_repeats_letters(write: Write, account: Any) -> None:
    own = {"recipient": account.cabinet_email, "account_id": account.pk}
    with tenancy.portal(account.pk):
        first = write(**own, attachments=[FILE], dedupe_key="order:1")
        assert write(**own, attachments=[FILE], dedupe_key="order:1") == first
    _ended(first)
    with tenancy.portal(account.pk):
        repeat = letters.resend(letter=first)
    assert repeat.attachments.count() == 1


def test_a_customers_page_writes_to_the_accounts_own_address_alone(write: Write, account: Any) -> None:
    elsewhere = {"recipient": "stranger@elsewhere.example", "account_id": account.pk}
    refused = pytest.raises(ProgrammingError, match="portal_own_recipient")
    with refused, transaction.atomic(), tenancy.portal(account.pk):
        write(**elsewhere)
    assert write(**elsewhere).pk  # the application's own role may do this


def test_a_customers_page_writes_no_letter_of_another_account(write: Write, account: Any, other_owner: Any) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic(), tenancy.portal(account.pk):
        write(account_id=other_owner.account_id)
    assert write(account_id=other_owner.account_id).pk  # without the second wall the same call succeeds
