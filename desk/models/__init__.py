from desk.models.note import StaffNote
from desk.models.role import Role
from desk.models.table_import import TableImport

__all__ = ["Role", "StaffNote", "TableImport"]
