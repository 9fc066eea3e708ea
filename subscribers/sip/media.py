"""Equipment's names of codecs and of ways to send DTMF. The keys are the portal's own names (3.4)."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Codec:
    """A codec's names; `payload` is the static RTP payload type (RFC 3551), which Grandstream uses as the name."""

    asterisk: str
    freeswitch: str
    yealink: str
    payload: int


@dataclass(frozen=True, slots=True)
class Dtmf:
    asterisk: str
    freeswitch: str
    yealink: int
    grandstream: int
    fanvil: int


CODECS = {
    "G.711A": Codec("alaw", "PCMA", "pcma", 8),
    "G.711U": Codec("ulaw", "PCMU", "pcmu", 0),
    "G.722": Codec("g722", "G722", "g722", 9),
    "G.729": Codec("g729", "G729", "g729", 18),
}
DTMF = {
    "RFC 4733": Dtmf("rfc4733", "rfc2833", 1, 1, 1),
    "SIP INFO": Dtmf("info", "info", 2, 2, 2),
    "Inband": Dtmf("inband", "none", 0, 8, 0),
}


def known(codecs: Iterable[str]) -> list[Codec]:
    """The known codecs in the given order; codecs without a name for equipment are left out."""
    return [CODECS[name] for name in codecs if name in CODECS]
