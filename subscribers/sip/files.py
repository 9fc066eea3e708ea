"""The kinds of settings files."""

from collections.abc import Callable
from dataclasses import dataclass

from subscribers.sip import asterisk, freeswitch, grandstream, yealink
from subscribers.sip.parameters import SipParameters


@dataclass(frozen=True, slots=True)
class FileKind:
    """A format: its trade name, how its files are named and how they are rendered."""

    name: str
    extension: str
    mime: str
    render: Callable[[SipParameters], str]

    def file_name(self, parameters: SipParameters) -> str:
        """`asterisk-sip-375447112030.conf`."""
        return f"{self.name.lower()}-{parameters.name}.{self.extension}"


FILES = {
    "asterisk": FileKind("Asterisk", "conf", "text/plain", asterisk.render),
    "freeswitch": FileKind("FreeSWITCH", "xml", "application/xml", freeswitch.render),
    "yealink": FileKind("Yealink", "cfg", "text/plain", yealink.render),
    "grandstream": FileKind("Grandstream", "xml", "application/xml", grandstream.render),
}
