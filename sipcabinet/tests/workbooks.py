"""Reads the workbooks (XLSX) that the portal sends."""

import io
from typing import Any

from openpyxl import load_workbook


def head_of(response: Any) -> str:
    """The text of the first twelve rows of the first sheet."""
    content = b"".join(response) if response.streaming else response.content
    rows = load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(max_row=12, values_only=True)
    return "\n".join(str(cell) for row in rows for cell in row if cell is not None)
