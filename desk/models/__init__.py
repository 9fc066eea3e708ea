from desk.models.note import StaffNote

__all__ = ["StaffNote"]
