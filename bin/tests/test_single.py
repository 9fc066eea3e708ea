from pathlib import Path

import pytest
from local import single
from local.console import UsageError


def test_the_second_one_is_told_of_the_first(tmp_path: Path) -> None:
    lock = tmp_path / "run.lock"
    with (
        single.only_one(lock, "http://127.0.0.1:8000/"),
        pytest.raises(UsageError, match=r"already running.*127.0.0.1:8000"),
        single.only_one(lock, "another"),
    ):
        pytest.fail("two at once")


def test_the_next_one_may_start(tmp_path: Path) -> None:
    lock = tmp_path / "run.lock"
    for about in ("first and longer", "second"):
        with single.only_one(lock, about):
            assert lock.read_text() == about
