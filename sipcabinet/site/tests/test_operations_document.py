"""docs/operations.md names the metrics that there are, and its blocks can be pasted.

`sipcabinet/tests/test_backup.py` runs its commands of backup and restore.
"""

import re
import subprocess
from typing import Any

import pytest
import yaml

from billing.models import StatementsThrough
from sipcabinet.lib import clock, metrics
from sipcabinet.site import exporter
from sipcabinet.tests.processes import ROOT
from subscribers.models import CallSource

TEXT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
ROLES = {"sipcabinet_owner"}  # names that begin as those of metrics do


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def family(metric: Any) -> str:
    return f"{metric.name}_total" if metric.type == "counter" else str(metric.name)


@pytest.mark.django_db
def test_it_lists_every_metric_and_its_alerts_use_no_other() -> None:
    CallSource.objects.create(name="fs1", format="freeswitch", complete_to=clock.now())
    StatementsThrough.objects.update_or_create(pk=1, defaults={"through": clock.today()})
    snapshot = exporter.Snapshot()
    snapshot.refresh()
    of_processes = metrics.Kept.made().registry.collect()
    served = {family(metric) for metric in [*snapshot.collect(), *of_processes]}
    table, _heading, rest = TEXT.partition("## Alerts")
    assert set(re.findall(r"`(sipcabinet_\w+)`", table)) == served
    assert {name.removesuffix("_bucket") for name in re.findall(r"\bsipcabinet_\w+", rest)} - ROLES <= served


def test_its_alerts_are_rules_of_prometheus() -> None:
    [alerts] = [block for block in map(yaml.safe_load, blocks("yaml")) if "groups" in block]
    [rules] = [group["rules"] for group in alerts["groups"]]
    assert len({rule["alert"] for rule in rules}) == len(rules)
    for rule in rules:
        assert set(rule) <= {"alert", "expr", "for"}, rule
        assert rule["expr"].count("(") == rule["expr"].count(")"), rule
        assert re.fullmatch(r"\d+m", rule.get("for", "1m")), rule


@pytest.mark.parametrize("block", blocks("sh"))
def test_a_shell_reads_its_commands(block: str) -> None:
    assert subprocess.run(["bash", "-n"], input=block, text=True, capture_output=True, check=True).stderr == ""
