"""The names of the files that telephones ask for by themselves. A telephone appends the name to its base address."""

import re

# A common file or one of the model is asked for too; the portal has none of these.
_NAMES = {
    "yealink": re.compile(r"([0-9a-f]{12})\.cfg", re.IGNORECASE),
    "grandstream": re.compile(r"cfg([0-9a-f]{12})\.xml", re.IGNORECASE),
    "fanvil": re.compile(r"([0-9a-f]{12})\.cfg", re.IGNORECASE),
}
KINDS = tuple(_NAMES)
_SEPARATORS = re.compile(r"[\s:.-]")
_MAC = re.compile(r"[0-9a-f]{12}")


def mac_in(kind: str, file_name: str) -> str:
    """The MAC address in the name of the file that a telephone of this kind asks for; empty for any other file."""
    found = _NAMES[kind].fullmatch(file_name)
    return found[1].lower() if found else ""


def mac_of(text: str) -> str:
    """The MAC address as it is stored, twelve digits without separators; empty if the text is none."""
    plain = _SEPARATORS.sub("", text).lower()
    return plain if _MAC.fullmatch(plain) and plain not in {"0" * 12, "f" * 12} else ""


def shown_mac(mac: str) -> str:
    """`00:15:65:ab:cd:ef`."""
    return ":".join(mac[place : place + 2] for place in range(0, len(mac), 2))
