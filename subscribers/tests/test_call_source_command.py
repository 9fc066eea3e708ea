"""`call_source` adds a source of call records once, and refuses what no source can have (4.4)."""

import pytest
from django.core.management import call_command

from accounts.models import AuditEvent
from subscribers.models import CallSource

pytestmark = pytest.mark.django_db


def test_a_source_is_added_once(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        call_command("call_source", "kamailio", "--kind", "kamailio")
    assert capsys.readouterr().out.splitlines() == ["kamailio: added", "kamailio: known"]
    source = CallSource.objects.get()
    assert (source.kind, source.format, source.zone, source.account_code) == ("kamailio", "generic", "UTC", "login")
    assert AuditEvent.objects.filter(action="callsource.added").count() == 1


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["two words", "--kind", "kamailio"], "two words"),
        (["pbx", "--kind", "kamailio", "--zone", "Mars/Olympus"], "пояс"),
        (["known", "--kind", "asterisk"], "другого вида"),
    ],
)
def test_what_no_source_can_have_is_refused_in_one_line(
    args: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    CallSource.objects.create(name="known", kind="kamailio", format="generic")
    with pytest.raises(SystemExit) as ended:
        call_command("call_source", *args)
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert CallSource.objects.count() == 1
