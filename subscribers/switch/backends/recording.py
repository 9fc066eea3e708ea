"""A backend without a switch: the state is stored only in `Provisioning.applied`."""

from collections.abc import Mapping, Sequence

from subscribers.switch.backends.backend import Telling
from subscribers.switch.open_numbers import OpenNumber


class RecordingBackend:
    """Accepts every state."""

    name = "recording"

    def tell(self, telling: Telling, open_numbers: Sequence[OpenNumber]) -> int:
        return telling.version

    def keep_open(self, open_numbers: Sequence[OpenNumber]) -> None:
        """Does nothing: there is no switch to save them on."""

    def differing(self, tellings: Sequence[Telling]) -> Mapping[int, int]:
        return {}
