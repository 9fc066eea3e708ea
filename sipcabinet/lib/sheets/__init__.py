"""Tables as files: one description of a sheet, written as XLSX or CSV row by row, in constant memory."""

from sipcabinet.lib.sheets.layout import Cell, CellKind, Column, Sheet

__all__ = ["Cell", "CellKind", "Column", "Sheet"]
