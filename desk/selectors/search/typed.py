"""What was typed into the search, in the forms in which the tables keep it (4.1)."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from sipcabinet.lib import clock, phones, plain_input, spelling
from sipcabinet.lib.spelling import plain

LONGEST = 100  # characters
SHORTEST = phones.SHORTEST_PART  # letters and digits
YEARS = 10  # how old a document may be that is found without its year
DOCUMENTS = "ЗГО"  # order, guarantee, operation: `З-2026-000123`
# How these letters are typed where the layout is Latin, or the letter looks like a digit.
_ALIKE = str.maketrans({"3": "З", "Z": "З", "G": "Г", "O": "О", "0": "О"})
_FORMS = {"ооо", "одо", "оао", "зао", "чуп", "чтуп", "уп", "чп", "ип", "рупп", "руп", "кфх"}
_DOCUMENT = re.compile(r"(?:([ЗГОЗ3ZGO0])[\s-]*)?(20\d\d)[\s/-]+(\d{1,6})", re.IGNORECASE)
_SERIAL = re.compile(r"(?:№|#|N)?\s*0*(\d{1,12})", re.IGNORECASE)
_EMAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]{2,}")


class Fault(StrEnum):
    """Why a text is not searched."""

    EMPTY = "empty"
    SHORT = "short"
    LONG = "long"


@dataclass(frozen=True, slots=False)
class Typed:
    """A text of the search. It is never written to a log or a journal: it may be a customer's number."""

    text: str

    @classmethod
    def of(cls, given: str) -> "Typed":
        """What a person sees of the text: without invisible characters, with single spaces, digits as ASCII."""
        shown = unicodedata.normalize("NFKC", given[: 10 * LONGEST].replace("№", "\ue000")).replace("\ue000", "№")
        seen = "".join(sign if unicodedata.category(sign)[0] not in "CZ" else _space(sign) for sign in shown)
        return cls(" ".join(seen.split()))

    @cached_property
    def fault(self) -> Fault | None:
        """Why nothing is searched; None for a text that is worth a search."""
        if not self.text:
            return Fault.EMPTY
        if len(self.text) > LONGEST:
            return Fault.LONG
        signs = sum(sign.isalnum() for sign in self.text)
        if signs >= SHORTEST or (signs and self.text[0] in "№#"):
            return None
        return Fault.SHORT

    @cached_property
    def plain(self) -> str:
        """The text in small letters, with е for ё."""
        return plain(self.text)

    @cached_property
    def phone_part(self) -> str:
        """Digits of a number or of its part, as in the national format; empty when the text is no number."""
        return phones.part(self.text)

    @cached_property
    def phone(self) -> str:
        """The E.164 number if the text is a complete telephone number, else empty."""
        try:
            return phones.parse(self.text) if self.phone_part else ""
        except phones.PhoneError:
            return ""

    @cached_property
    def digits(self) -> str:
        """All digits of a text that has only digits, as in an account number or УНП; else empty."""
        bare = self.text.replace(" ", "")
        return bare if bare.isascii() and bare.isdigit() else ""

    @cached_property
    def serial(self) -> int | None:
        """The number of a document or letter: `123`, `000123`, `№ 123`."""
        found = _SERIAL.fullmatch(self.text)
        return int(found[1]) if found and plain_input.fits_bigint(int(found[1])) else None

    @cached_property
    def documents(self) -> list[str]:
        """Full numbers of orders, guarantees and operations that the text may mean, in any spelling."""
        if found := _DOCUMENT.fullmatch(self.text):
            letters = found[1].upper().translate(_ALIKE) if found[1] else DOCUMENTS
            return [f"{letter}-{found[2]}-{int(found[3]):06d}" for letter in letters]
        if self.serial is None or self.serial > 999_999:
            return []
        this_year = clock.today().year
        years = range(this_year, this_year - YEARS, -1)
        return [f"{letter}-{year}-{self.serial:06d}" for year in years for letter in DOCUMENTS]

    @cached_property
    def words(self) -> list[str]:
        """Words of a name, in the spelling of `plain`; the legal form only if there is nothing else. A telephone number
        has no words."""
        if "@" in self.text or (self.phone_part and not self.digits):
            return []
        return [word for word in words_of(self.text) if len(word) > 1]

    @cached_property
    def has_name(self) -> bool:
        """Whether the words are more than a legal form."""
        return any(word not in _FORMS for word in self.words)

    @cached_property
    def email(self) -> str:
        """The text as a whole e-mail address, in small letters; else empty."""
        return self.plain if _EMAIL.fullmatch(self.text) else ""


def words_of(name: str) -> list[str]:
    """The words of a name in the spelling of `plain`, without its legal form if it has other words."""
    found = spelling.words(name)
    return [word for word in found if word not in _FORMS] or found


def _space(sign: str) -> str:
    """A space for separators and line ends; nothing for marks of direction and other invisible characters."""
    return " " if sign.isspace() else ""
