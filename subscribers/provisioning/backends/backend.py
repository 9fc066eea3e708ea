"""What a back end is told, what it answers and how it refuses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from subscribers.provisioning.facts import State
from subscribers.provisioning.open_numbers import OpenNumber


@dataclass(frozen=True, slots=True)
class Telling:
    """A state to be told. The SIP password comes in clear for the moment of telling, where the state needs one."""

    subscriber_id: int
    version: int
    state: State = field(repr=False)
    password: str = field(default="", repr=False)


class TroubleError(Exception):
    """The switch cannot be reached or does not answer in time: nobody's state is to blame. Its text names no one."""


class RefusedError(Exception):
    """The switch will never take this state. The text is the kind of the fault alone, no value of it."""


class Backend(Protocol):
    """Each method is one transaction on the switch and ends within its own deadline.

    Raises TroubleError or RefusedError.
    """

    def tell(self, telling: Telling, open_numbers: Sequence[OpenNumber]) -> int:
        """Makes the switch as the state says; returns the version that it has now.

        A later one than the telling's means that it knew a newer state, and nothing was written.
        """

    def keep_open(self, open_numbers: Sequence[OpenNumber]) -> None:
        """Makes known which numbers no restriction ever touches."""

    def differing(self, tellings: Sequence[Telling]) -> Mapping[int, int]:
        """Subscribers whose rows are not as they were told, with the versions that the switch has of them."""
