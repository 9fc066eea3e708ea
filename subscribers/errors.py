"""Refusals that services and selectors share."""

from sipcabinet.lib.errors import DomainError


class NumberError(DomainError):
    """A rule of numbers said no; `field` is the argument that is at fault, or empty."""

    def __init__(self, code: str, message: str, field: str = "") -> None:
        super().__init__(message, code=f"number.{code}")
        self.field = field


class SourceError(DomainError):
    """A source of call files cannot be used as asked."""

    code = "source.refused"
