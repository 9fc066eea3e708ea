"""Refusals that the customer should read."""


class DomainError(Exception):
    """A rule refuses the action. `code` is stable and English; `message` is for the customer, in Russian.

    Views catch this exception and no other.
    """

    code = "refused"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
