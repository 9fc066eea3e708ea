from desk.models.note import StaffNote
from desk.models.planned_change import PlannedChange, PlannedKind
from desk.models.role import Role
from desk.models.table_import import STATEMENT, TableImport

__all__ = ["STATEMENT", "PlannedChange", "PlannedKind", "Role", "StaffNote", "TableImport"]
