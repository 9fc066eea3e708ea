"""Helpers that several test modules need lie in modules without tests: no module imports another module's tests."""

import re
from pathlib import Path

from django.conf import settings

APPS = ("accounts", "billing", "notifications", "sipcabinet", "subscribers")
TESTS_IMPORTED = re.compile(r"^\s*(?:from|import) [\w.]+\.test_\w+|^from [\w.]+ import .*\btest_\w+", re.MULTILINE)


def imports_of_tests(source: str) -> list[str]:
    return TESTS_IMPORTED.findall(source)


def test_no_test_module_is_imported() -> None:
    files = [path for app in APPS for path in (Path(settings.BASE_DIR) / app).rglob("*.py")]
    assert len(files) > 500
    found = [(path.name, line) for path in files for line in imports_of_tests(path.read_text(encoding="utf-8"))]
    assert found == []


def test_an_import_of_tests_is_seen() -> None:
    lines = ["from a.tests.test_b import c", "import a.tests.test_b", "from a.tests import test_b", "from a.b import c"]
    assert [bool(imports_of_tests(line)) for line in lines] == [True, True, True, False]
