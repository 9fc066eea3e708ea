from notifications.admin.letter import LetterAdmin

__all__ = ["LetterAdmin"]
