"""Errors that services and selectors share."""

from sipcabinet.lib.errors import DomainError


class NumberError(DomainError):
    """A rule of numbers refused the change; `field` is the argument at fault, or empty."""

    def __init__(self, code: str, message: str, field: str = "") -> None:
        super().__init__(message, code=f"number.{code}")
        self.field = field


class SourceError(DomainError):
    """The source of call files cannot be used as requested."""

    code = "source.refused"
