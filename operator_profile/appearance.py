"""The operator's face as templates read it: `face` in every page and letter (4.16)."""

from dataclasses import dataclass, field

from django.conf import settings
from django.utils.translation import gettext as _

from operator_profile import colours
from operator_profile.models import Look
from sipcabinet.lib import phones

DEFAULT_MARK = "SIP"
FIRST = 0  # the version of the values that the environment gives


@dataclass(frozen=True, slots=True)
class Support:
    """The operator's contacts for customers."""

    phone: str
    phone_shown: str
    email: str
    hours: str


@dataclass(frozen=True, slots=True)
class Point:
    """A line beside the sign-in form: a short heading and, maybe, a text."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Appearance:
    """A version of the face. `logo` and `stylesheet` are URLs, empty if the portal's own sign or colours are shown."""

    version: int
    name: str
    mark: str
    support: Support
    accent: str = colours.STANDARD
    accent_dark: str = colours.STANDARD_DARK
    logo: str = ""
    stylesheet: str = ""
    contract_url: str = ""
    privacy_url: str = ""
    sign_in_lead: str = ""
    sign_in_note: str = ""
    sign_in_claim: str = ""
    sign_in_points: list[Point] = field(default_factory=list)

    @property
    def is_first(self) -> bool:
        """Whether the values still come from the environment."""
        return self.version == FIRST

    @property
    def cabinet(self) -> str:
        """The name in the top bar and in titles."""
        return _("Личный кабинет SIP") if self.is_first else self.name


def of(look: Look, *, version: int, logo: str, stylesheet: str) -> Appearance:
    """The appearance of a version or of a draft; the URLs count only where it has a logo or a colour."""
    return Appearance(
        version=version,
        name=look.name,
        mark=look.mark,
        support=_support(look.support_phone, look.support_email, look.support_hours),
        accent=look.accent or colours.STANDARD,
        accent_dark=_dark(look),
        logo=logo if look.logo_id else "",
        stylesheet=stylesheet if look.accent else "",
        contract_url=look.contract_url,
        privacy_url=look.privacy_url,
        sign_in_lead=look.sign_in_lead,
        sign_in_note=look.sign_in_note,
        sign_in_claim=look.sign_in_claim,
        sign_in_points=points(look.sign_in_points),
    )


def first() -> Appearance:
    """The values of the environment: in force until an administrator puts a version in force."""
    support = _support(settings.SUPPORT_PHONE, settings.SUPPORT_EMAIL, settings.SUPPORT_HOURS)
    return Appearance(FIRST, settings.OPERATOR_NAME, DEFAULT_MARK, support)


def points(text: str) -> list[Point]:
    """A point a line: «Заголовок: текст», or a heading alone."""
    lines = [line.partition(":") for line in text.splitlines() if line.strip()]
    return [Point(heading.strip(), rest.strip()) for heading, _colon, rest in lines]


def _support(phone: str, email: str, hours: str) -> Support:
    return Support(phone, phones.display(phone), email, hours)


def _dark(look: Look) -> str:
    if not look.accent:
        return colours.STANDARD_DARK
    return look.accent_dark or colours.nearest(look.accent, dark=True)
