"""Tables that staff upload: a kind describes its columns, compares rows with what is there, and writes them (4.3)."""

from desk.imports.destinations import Destinations
from desk.imports.fees import Fees
from desk.imports.kind import ImportKind
from desk.imports.rates import Rates

KINDS: dict[str, ImportKind] = {kind.code: kind for kind in (Rates(), Destinations(), Fees())}

__all__ = ["KINDS", "ImportKind"]
