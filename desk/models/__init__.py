from desk.models.customer_load import CustomerLoad, LoadedRow
from desk.models.note import StaffNote
from desk.models.planned_change import PlannedChange, PlannedKind
from desk.models.role import Role
from desk.models.table_import import CALLS, STATEMENT, TableImport

__all__ = [
    "CALLS",
    "STATEMENT",
    "CustomerLoad",
    "LoadedRow",
    "PlannedChange",
    "PlannedKind",
    "Role",
    "StaffNote",
    "TableImport",
]
