"""`bin/bench` lists all benchmarks, and each benchmark sets the portal up by itself."""

import subprocess
import sys

import pytest
from local.paths import ROOT

HELPERS = {"scratch", "many_customers", "inside", "growth_plot"}  # modules of several benchmarks


def bench(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(ROOT / "bin" / "bench"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_it_lists_every_bench_with_what_it_is_about() -> None:
    files = {path.stem.removesuffix("_bench") for path in (ROOT / "bench").glob("*.py")} - HELPERS
    lines = bench().stdout.splitlines()
    assert {line.split()[0] for line in lines} == files
    assert all(len(line.split()) > 3 for line in lines)


def test_an_unknown_one_is_refused() -> None:
    ran = bench("nonsense")
    assert ran.returncode == 2
    assert ran.stderr.count("\n") == 1
    assert "no such bench: nonsense" in ran.stderr


@pytest.mark.full
@pytest.mark.parametrize("path", sorted((ROOT / "bench").glob("*.py")), ids=lambda path: path.stem)
def test_each_one_begins(path: object) -> None:
    """All imports of the benchmark succeed."""
    command = [sys.executable, str(path), "--help"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
