"""The kinds of settings files."""

from collections.abc import Callable
from dataclasses import dataclass

from subscribers.sip import asterisk, fanvil, freeswitch, grandstream, yealink
from subscribers.sip.parameters import SipParameters


@dataclass(frozen=True, slots=True)
class SipFileKind:
    """A format: its trade name, how its files are named and how they are rendered."""

    name: str
    extension: str
    mime: str
    render: Callable[[SipParameters], str]

    def file_name(self, parameters: SipParameters) -> str:
        """`asterisk-sip-375447112030.conf`."""
        return f"{self.name.lower()}-{parameters.name}.{self.extension}"


FILES = {
    "asterisk": SipFileKind("Asterisk", "conf", "text/plain", asterisk.render),
    "freeswitch": SipFileKind("FreeSWITCH", "xml", "application/xml", freeswitch.render),
    "yealink": SipFileKind("Yealink", "cfg", "text/plain", yealink.render),
    "grandstream": SipFileKind("Grandstream", "xml", "application/xml", grandstream.render),
    "fanvil": SipFileKind("Fanvil", "xml", "application/xml", fanvil.render),
}
