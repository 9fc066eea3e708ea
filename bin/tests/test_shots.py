"""`bin/shots` starts; no test checks the pictures, people look at them."""

import subprocess
import sys

import pytest
from local.paths import ROOT


@pytest.mark.full
def test_a_page_that_there_is_not_is_refused() -> None:
    command = [sys.executable, str(ROOT / "bin" / "shots"), "--only", "nonsense"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (2, "error: no page is called 'nonsense'\n")
