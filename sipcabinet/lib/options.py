"""Labels of choices that say more than one line. Django passes a choice's label to the template as it is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Option:
    """A choice with small print, a price, and perhaps out of reach for now.

    `disabled` is only how it looks: the form's own validation must refuse it too.
    """

    title: str
    detail: str = ""
    price: str = ""
    disabled: bool = False

    def __str__(self) -> str:
        return self.title
