"""Settings of SIP equipment, pure: parameters in, the text of a file out (3.4)."""

from subscribers.sip.files import FILES, SipFileKind
from subscribers.sip.parameters import SipParameters
from subscribers.sip.text import UnwritableError

__all__ = ["FILES", "SipFileKind", "SipParameters", "UnwritableError"]
