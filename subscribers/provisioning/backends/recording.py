"""A back end without a switch: `Provisioning.applied` is all that is kept."""

from collections.abc import Mapping, Sequence

from subscribers.provisioning.backends.backend import Telling
from subscribers.provisioning.open_numbers import OpenNumber


class RecordingBackend:
    """Takes whatever it is told."""

    def tell(self, telling: Telling, open_numbers: Sequence[OpenNumber]) -> int:
        return telling.version

    def keep_open(self, open_numbers: Sequence[OpenNumber]) -> None:
        """There is nowhere to write them."""

    def differing(self, tellings: Sequence[Telling]) -> Mapping[int, int]:
        return {}
