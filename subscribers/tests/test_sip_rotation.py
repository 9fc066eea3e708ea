"""SIP_KEYS: passwords sealed with the newest key, opened with any, sealed again by `rotate_sip_keys` (3.4)."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from pytest_django import Settings

from sipcabinet.lib.seals import InvalidToken
from subscribers import checks
from subscribers.models import SipAccount
from subscribers.switch import sip_passwords, sip_rotation
from subscribers.tests.sip_factories import SipAccountFactory

OLD, NEW, LOST = (Fernet.generate_key().decode() for _ in range(3))
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command; returns its exit code, stdout and stderr."""

    def ran(*options: str) -> tuple[int, str, str]:
        code = 0
        try:
            call_command("rotate_sip_keys", *options)
        except SystemExit as end:
            code = int(end.code or 0)
        told = capsys.readouterr()
        return code, told.out, told.err

    return ran


@pytest.fixture
def rows(db: None, settings: Settings) -> list[SipAccount]:
    """Three trunks whose passwords were sealed with the old key."""
    settings.SIP_KEYS = [OLD]
    return [SipAccountFactory.create(password=f"Secret{number}") for number in range(3)]


def passwords() -> list[str]:
    return [sip_passwords.password_of(row) for row in SipAccount.objects.order_by("pk")]


def test_after_the_rotation_all_open_with_the_old_key_gone(
    rows: list[SipAccount], run: Run, settings: Settings
) -> None:
    settings.SIP_KEYS = [NEW, OLD]
    code, out, _err = run()
    assert (code, out.strip()) == (0, "resealed 3, current 0, unreadable 0")
    settings.SIP_KEYS = [NEW]
    assert passwords() == ["Secret0", "Secret1", "Secret2"]


def test_without_the_rotation_they_would_not(rows: list[SipAccount], settings: Settings) -> None:
    settings.SIP_KEYS = [NEW]
    with pytest.raises(InvalidToken):
        passwords()


def test_a_second_run_has_nothing_to_do(rows: list[SipAccount], run: Run, settings: Settings) -> None:
    settings.SIP_KEYS = [NEW, OLD]
    run()
    sealed = list(SipAccount.objects.order_by("pk").values_list("password_sealed", flat=True))
    assert run()[:2] == (0, "resealed 0, current 3, unreadable 0\n")
    assert list(SipAccount.objects.order_by("pk").values_list("password_sealed", flat=True)) == sealed


def test_a_rehearsal_counts_and_writes_nothing(rows: list[SipAccount], run: Run, settings: Settings) -> None:
    settings.SIP_KEYS = [NEW, OLD]
    code, out, _err = run("--dry-run", "--json")
    assert (code, json.loads(out)) == (0, {"resealed": 3, "current": 0, "unreadable": []})
    settings.SIP_KEYS = [OLD]
    assert passwords() == ["Secret0", "Secret1", "Secret2"]


def test_a_killed_run_has_done_whole_batches_and_the_next_goes_on(
    rows: list[SipAccount], run: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SIP_KEYS = [NEW, OLD]
    monkeypatch.setattr(sip_rotation, "BATCH_ROWS", 1)

    def killed(_count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sip_rotation.rotate(dry_run=False, progress=killed)
    assert [sip_passwords.SEAL.is_newest(row.password_sealed) for row in SipAccount.objects.order_by("pk")] == [
        True, False, False,
    ]  # fmt: skip
    assert run()[1] == "resealed 2, current 1, unreadable 0\n"
    assert passwords() == ["Secret0", "Secret1", "Secret2"]


def test_what_no_key_opens_is_named_counted_and_left(rows: list[SipAccount], run: Run, settings: Settings) -> None:
    settings.SIP_KEYS = [LOST]
    lost = SipAccountFactory.create(password="LostSecret")
    settings.SIP_KEYS = [NEW, OLD]
    code, out, _err = run()
    assert code == 3
    assert out.splitlines() == [
        "resealed 3, current 0, unreadable 1",
        f"unreadable: account {lost.account_id}, trunk {lost.pk}",
    ]
    assert SipAccount.objects.get(pk=lost.pk).password_sealed == lost.password_sealed
    code, out, _err = run("--json")
    assert code == 3
    assert json.loads(out)["unreadable"] == [{"account_id": lost.account_id, "trunk_id": lost.pk}]


def test_a_token_of_another_row_is_unreadable_here(rows: list[SipAccount], run: Run, settings: Settings) -> None:
    SipAccount.objects.filter(pk=rows[0].pk).update(password_sealed=rows[1].password_sealed)
    settings.SIP_KEYS = [NEW, OLD]
    code, out, _err = run()
    assert code == 3
    assert f"trunk {rows[0].pk}" in out


@pytest.mark.parametrize("keys", [[], [""], ["short"], [NEW, "x" * 44]])
def test_wrong_keys_are_refused_in_one_line(
    keys: list[str], rows: list[SipAccount], run: Run, settings: Settings
) -> None:
    settings.SIP_KEYS = keys
    code, out, err = run()
    assert (code, out) == (2, "")
    assert err.startswith("rotate_sip_keys: SIP_KEYS ")
    assert err.count("\n") == 1
    assert not any(key in err for key in keys if key)


def test_wrong_options_are_refused_in_one_line(db: None, run: Run) -> None:
    code, out, err = run("--forever")
    assert (code, out) == (2, "")
    assert err.startswith("rotate_sip_keys: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ([OLD], []),
        ([NEW, OLD], []),
        ([], ["subscribers.E001"]),
        ([""], ["subscribers.E001"]),
        ([NEW, "ключ"], ["subscribers.E002"]),
    ],
)
def test_sip_keys_are_fernet_keys(keys: list[str], found: list[str], settings: Settings) -> None:
    settings.SIP_KEYS = keys
    assert [message.id for message in checks.sip_keys(None)] == found


def test_the_newest_key_seals(rows: list[SipAccount], settings: Settings) -> None:
    settings.SIP_KEYS = [NEW, OLD]
    row: Any = SipAccountFactory.create(password="Fresh")
    assert sip_passwords.SEAL.is_newest(row.password_sealed)
    assert not sip_passwords.SEAL.is_newest(rows[0].password_sealed)
