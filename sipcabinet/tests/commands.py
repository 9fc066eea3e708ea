"""Commands of `manage.py`, as the operator's scripts run them."""

import json
from typing import Any

import pytest
from django.core.management import call_command


def exit_code(command: str, *args: str) -> int:
    """Runs the command; returns its exit code."""
    try:
        call_command(command, *args)
    except SystemExit as ended:
        return int(str(ended.code or 0))
    return 0


def reported(capsys: pytest.CaptureFixture[str], command: str, *args: str, code: int) -> dict[str, Any]:
    """Runs the command with `--json`, which must end with this exit code; returns what it prints."""
    assert exit_code(command, *args, "--json") == code
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    return report
