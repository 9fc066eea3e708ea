from notifications.models.letter import Letter, LetterAttachment

__all__ = ["Letter", "LetterAttachment"]
