"""The interface of a switch backend: its input, its answers and its errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from subscribers.switch.facts import State
from subscribers.switch.open_numbers import OpenNumber


@dataclass(frozen=True, slots=True)
class Telling:
    """A state to apply. If the state needs the SIP password, `password` holds it in clear while it is being applied."""

    subscriber_id: int
    version: int
    state: State = field(repr=False)
    password: str = field(default="", repr=False)


class TroubleError(Exception):
    """The switch is unreachable or does not answer in time; no state is at fault. The text names no subscriber."""


class RefusedError(Exception):
    """The switch will never accept this state. The text names only the kind of fault and contains no value."""


class Backend(Protocol):
    """Each method is one transaction on the switch and ends within its own deadline.

    Raises TroubleError or RefusedError.
    """

    @property
    def name(self) -> str:
        """Says which switch this is, without a password: another name means that nothing is known to be there."""

    def tell(self, telling: Telling, open_numbers: Sequence[OpenNumber]) -> int:
        """Applies the state to the switch; returns the version that the switch has now.

        A version later than the telling's means that the switch has a newer state, and nothing was written.
        """

    def keep_open(self, open_numbers: Sequence[OpenNumber]) -> None:
        """Saves on the switch the numbers that no restriction ever bars."""

    def differing(self, tellings: Sequence[Telling]) -> Mapping[int, int]:
        """Subscribers whose rows differ from their tellings, with the versions that the switch has."""
