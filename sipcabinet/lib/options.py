"""Labels of choices with more than one line of text. Django passes a choice's label to the template unchanged."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Option:
    """The label of a choice: a title, a detail in small print, a price; `disabled` if it cannot be chosen now.

    `disabled` only changes the look of the choice: the form's validation must refuse the choice too.
    """

    title: str
    detail: str = ""
    price: str = ""
    disabled: bool = False

    def __str__(self) -> str:
        return self.title
