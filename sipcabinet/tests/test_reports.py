"""A report has all its parts: a view that sends its sheet, a row in the access matrix, a link on a page (3.5, 3.6)."""

import ast
import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from django.conf import settings

from sipcabinet.tests.access.patterns import all_patterns
from sipcabinet.tests.access.table import QUERIES

ROOT = Path(settings.BASE_DIR)
APPS = ("accounts", "billing", "subscribers")


def sheets() -> Iterator[tuple[str, str]]:
    """Names and files of all public functions that return a Sheet."""
    for path in sorted(file for app in APPS for file in (ROOT / app).rglob("*.py") if "tests" not in file.parts):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and isinstance(node.returns, ast.Name) and node.returns.id == "Sheet":
                yield node.name, str(path.relative_to(ROOT))


def exports() -> list[str]:
    """URL names of all views that send a sheet as a download, without the desk, where one rule covers all pages."""
    views = {pattern.name: inspect.unwrap(pattern.view) for pattern in all_patterns() if pattern.is_named}
    return [
        name
        for name, view in views.items()
        if not name.startswith("admin:")
        and inspect.isfunction(view)
        and view.__module__.startswith(APPS)
        and "responses.attachment(" in inspect.getsource(view)
    ]


def texts(*patterns: str) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for pattern in patterns for path in ROOT.glob(pattern))


def forgotten(
    made: Iterable[tuple[str, str]], given: Iterable[str], queries: Mapping[str, str], views: str, pages: str
) -> list[str]:
    """Messages about the parts that reports lack."""
    names = list(given)
    return (
        [
            f"{file}: «{name}» is a sheet that no view gives"
            for name, file in made
            if not re.search(rf"\.{name}\(", views)
        ]
        + [
            f"{name} has no «format=» in QUERIES (sipcabinet/tests/access/table.py)"
            for name in names
            if "format=" not in queries.get(name, "")
        ]
        + [f"{name}: no template links to the file" for name in names if not re.search(rf"['\"]{name}['\"]", pages)]
    )


def test_every_report_has_its_places() -> None:
    made, given = list(sheets()), exports()
    assert len(made) > 3
    assert len(given) > 3
    assert forgotten(made, given, QUERIES, texts("*/views/*.py", "*/admin/*.py"), texts("templates/**/*.html")) == []


def test_a_forgotten_place_is_named() -> None:
    made = [("revenue", "billing/reports/revenue.py")]
    assert forgotten(made, ["billing:revenue_export"], {}, "report.sheet(", "{% url 'billing:revenue' %}") == [
        "billing/reports/revenue.py: «revenue» is a sheet that no view gives",
        "billing:revenue_export has no «format=» in QUERIES (sipcabinet/tests/access/table.py)",
        "billing:revenue_export: no template links to the file",
    ]
