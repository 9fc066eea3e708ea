"""Tables that people upload: CSV and XLSX files of any origin, read within bounds and checked cell by cell.

`read` turns a file into lines of text, `check` reads the lines by a description of columns. Neither knows a model.
`docs/extending.md`, «An import of a table», says how to use them.
"""

from sipcabinet.lib.tables.bounds import Bounds, TableFileError
from sipcabinet.lib.tables.checking import Checked, Problem, TableRow, check
from sipcabinet.lib.tables.columns import CellError, TableColumn
from sipcabinet.lib.tables.lines import Formula, Line
from sipcabinet.lib.tables.reading import read

__all__ = [
    "Bounds",
    "CellError",
    "Checked",
    "Formula",
    "Line",
    "Problem",
    "TableColumn",
    "TableFileError",
    "TableRow",
    "check",
    "read",
]
