"""`manage.py import_payments`: its output, the rows it writes, its exit codes (4.6)."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import call_command

from accounts.models import AuditEvent
from accounts.tests.factories import AccountFactory
from billing.models import LedgerEntry, Payment, StatementImport, SuspensePayment
from billing.tests import bank_files
from billing.tests.bank_files import OURS, PAYER, Doc
from sipcabinet.tests.commands import exit_code

pytestmark = pytest.mark.django_db
NUMBER = "700990001"
KNOWN = Doc(credit="125.00", id="OP1", purpose=f"л/с {NUMBER}")
UNKNOWN = Doc(credit="5.00", id="OP2", purpose="за связь", unp="")


@pytest.fixture(autouse=True)
def today(at: Any) -> None:
    at("2026-11-25 12:00")
    AccountFactory.create(number=NUMBER)


def file_of(folder: Path, *docs: Doc, name: str = "client-bank 4") -> str:
    path = folder / f"{name}-{len(list(folder.iterdir()))}.txt"
    path.write_bytes(bank_files.MAKERS[name](docs))
    return str(path)


def run(*args: str) -> int:
    """Runs the command; returns its exit code."""
    return exit_code("import_payments", *args)


@pytest.mark.parametrize("name", bank_files.MAKERS)
def test_a_file_of_each_format_is_taken_in(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = file_of(tmp_path, KNOWN, Doc(debit="1.00", id="OP9"), name=name)
    assert run(path) == 0
    said = capsys.readouterr()
    assert "credits 1, debits 1, booked 1, duplicate 0, suspended 0" in said.out
    assert said.err == ""
    assert run(path) == 0
    assert "credits 1, debits 1, booked 0, duplicate 1, suspended 0" in capsys.readouterr().out
    assert (Payment.objects.count(), StatementImport.objects.count()) == (1, 1)


def test_credits_in_suspense_end_with_3(tmp_path: Path) -> None:
    assert run(file_of(tmp_path, KNOWN, UNKNOWN)) == 3
    assert (Payment.objects.count(), SuspensePayment.objects.count()) == (1, 1)


def test_a_dry_run_tells_of_each_credit_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = file_of(tmp_path, KNOWN, UNKNOWN)
    assert run(path, file_of(tmp_path, KNOWN), "--dry-run") == 3
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == f"  09.11.2026 125,00\u00a0BYN ООО «Ромашка»: booked, {NUMBER}"
    assert lines[2].startswith("  09.11.2026 5,00\u00a0BYN ООО «Ромашка»: suspended, в назначении нет лицевого счёта")
    assert lines[4].endswith(f"duplicate, {NUMBER}")
    for model in (Payment, SuspensePayment, StatementImport, LedgerEntry, AuditEvent):
        assert not model.objects.exists()


def test_json_is_one_object_per_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], settings: LazySettings
) -> None:
    settings.OPERATOR_REQUISITES = {"iban": OURS}
    assert run(file_of(tmp_path, KNOWN, UNKNOWN, name="csv"), "--json", "--dry-run") == 3
    told = json.loads(capsys.readouterr().out)
    assert (told["format"], told["iban"], told["iban_checked"], told["currency"]) == ("csv", OURS, True, "BYN")
    assert (told["opening"], told["closing"], told["statement"]) == ("1000.00", "1130.00", None)
    assert (told["credits"], told["debits"], told["booked"], told["suspended"]) == (2, 0, 1, 1)
    assert told["payments"][0] == {
        "day": "2026-11-09",
        "amount": "125.00",
        "reference": "362",
        "payer": "ООО «Ромашка»",
        "fate": "booked",
        "account": NUMBER,
        "reason": "",
    }


def test_it_says_that_our_account_is_not_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], settings: LazySettings
) -> None:
    path = file_of(tmp_path, KNOWN)
    settings.OPERATOR_REQUISITES = {"iban": ""}
    run(path, "--dry-run")
    assert "the operator has no account" in capsys.readouterr().out
    settings.OPERATOR_REQUISITES = {"iban": PAYER}
    assert run(path) == 2
    assert f"выписка по счёту {OURS}, а счёт оператора {PAYER}" in capsys.readouterr().err


def test_a_refused_file_is_one_line_on_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = file_of(tmp_path, KNOWN)
    Path(path).write_bytes(Path(path).read_bytes().replace(b"RestOut=1125", b"RestOut=1126"))
    assert run(path) == 2
    said = capsys.readouterr()
    assert (len(said.err.splitlines()), said.out) == (1, "")
    assert said.err.startswith(f"import_payments: {path}: не сходится: исходящий остаток")
    assert not Payment.objects.exists()


def test_one_refused_file_does_not_stop_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.txt"
    bad.write_bytes(b"hello")
    assert run(str(bad), file_of(tmp_path, KNOWN), "--json") == 3
    first, second = capsys.readouterr().out.splitlines()
    assert json.loads(first) == {"file": str(bad), "error": "формат файла не распознан", "code": "statement.format"}
    assert json.loads(second)["booked"] == 1


@pytest.mark.parametrize(
    "args",
    [[], ["missing.txt"], ["--format", "mt940", "x"], ["--what", "x"]],
    ids=["none", "missing", "format", "option"],
)
def test_bad_usage_is_one_line_and_ends_with_2(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*args) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_missing_file_stops_all_of_them(tmp_path: Path) -> None:
    assert run(file_of(tmp_path, KNOWN), str(tmp_path / "missing.txt")) == 2
    assert not Payment.objects.exists()


def test_another_format_than_told_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(file_of(tmp_path, KNOWN), "--format", "1c") == 2
    assert "формата client-bank, а не 1c" in capsys.readouterr().err


def test_a_rehearsal_reads_a_statement_of_another_account_and_says_so(
    tmp_path: Path, settings: LazySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.OPERATOR_REQUISITES = {"iban": PAYER}
    path = file_of(tmp_path, KNOWN)
    with pytest.raises(SystemExit) as end:
        call_command("import_payments", path, "--dry-run", "--json")
    assert end.value.code == 3
    told = json.loads(capsys.readouterr().out)
    assert (told["is_ours"], told["credits"], told["booked"]) == (False, 1, 1)
    assert not Payment.objects.exists()
    with pytest.raises(SystemExit) as end:
        call_command("import_payments", path, "--dry-run")
    assert end.value.code == 3
    assert "без --dry-run файл не будет принят" in capsys.readouterr().out
