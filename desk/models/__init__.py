from desk.models.note import StaffNote
from desk.models.role import Role

__all__ = ["Role", "StaffNote"]
