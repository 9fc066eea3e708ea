"""The accent colour: its contrast with the page's own colours, and the shades made of it (4.16). Pure functions."""

import colorsys
import re
from dataclasses import dataclass

LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3, level AA
STANDARD, STANDARD_DARK = "#1450b8", "#8db6ff"  # as in static/css/tokens.css and dark.css
WHITE, BLACK = "#ffffff", "#000000"
ON_DARK = "#0b1626"  # text on the accent in the dark theme
# Backgrounds that links stand on: --surface, --bg, --sunken, --hover.
LIGHT_BACKGROUNDS = ("#ffffff", "#f2f5f9", "#f7f9fc", "#eaeff6")
DARK_BACKGROUNDS = ("#161f2c", "#0e1520", "#121a26", "#202c3d")
ON_DEEP = "#b9c8de"  # the quieter text beside the sign-in form
_HEX = re.compile(r"#[0-9a-f]{6}")
_STEPS = 200  # of lightness: finer than the eye sees


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours that an accent replaces, as custom properties without their dashes, for both themes."""

    light: dict[str, str]
    dark: dict[str, str]


def is_colour(text: str) -> bool:
    """Whether the text is `#rrggbb` in lower case."""
    return bool(_HEX.fullmatch(text))


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def least_contrast(colour: str, *, dark: bool) -> float:
    """The smallest contrast in a theme: of links on every background, and of the text on the accent."""
    backgrounds, text = (DARK_BACKGROUNDS, ON_DARK) if dark else (LIGHT_BACKGROUNDS, WHITE)
    return min(contrast(colour, other) for other in (*backgrounds, text))


def passes(colour: str, *, dark: bool) -> bool:
    return least_contrast(colour, dark=dark) >= LEAST_CONTRAST


def nearest(colour: str, *, dark: bool) -> str:
    """The colour of the same hue with the nearest lightness that passes; the colour itself if it passes."""
    if passes(colour, dark=dark):
        return colour
    hue, lightness, saturation = colorsys.rgb_to_hls(*_parts(colour))
    tries = sorted((step / _STEPS for step in range(_STEPS + 1)), key=lambda value: abs(value - lightness))
    made = (_hex(*colorsys.hls_to_rgb(hue, value, saturation)) for value in tries)
    return next(one for one in made if passes(one, dark=dark))


def palette(accent: str, accent_dark: str = "") -> Palette:
    """All shades of an accent that passes. Without `accent_dark`, the nearest colour that passes in the dark theme."""
    bright = accent_dark or nearest(accent, dark=True)
    return Palette(
        light={
            **_shades(accent, BLACK, (0.25, 0.4), on=WHITE, page=WHITE),
            "brand-deep": _deep(accent, "#0b1220", 0.3),
            "brand-sign": _sign(bright, _deep(accent, "#0b1220", 0.3)),
        },
        dark={
            **_shades(bright, WHITE, (0.35, 0.6), on=ON_DARK, page="#161f2c"),
            "brand-deep": _deep(accent, "#0e1520", 0.18),
            "brand-sign": _sign(bright, _deep(accent, "#0e1520", 0.18)),
        },
    )


def _shades(accent: str, towards: str, weights: tuple[float, float], *, on: str, page: str) -> dict[str, str]:
    hover, active = (_mixed(accent, towards, weight) for weight in weights)
    soft = next(
        made
        for step in range(12, -1, -1)
        if contrast(accent, made := _mixed(page, accent, step / 100)) >= LEAST_CONTRAST
    )
    return {
        "primary": accent,
        "primary-hover": hover,
        "primary-active": active,
        "on-primary": on,
        "primary-soft": soft,
        "link": accent,
        "ring": accent,
    }


def _deep(accent: str, ground: str, weight: float) -> str:
    """The ground beside the sign-in form: the accent's hue, as dark as its quieter text needs."""
    made = (_mixed(ground, accent, weight * step / 20) for step in range(20, -1, -1))
    return next(one for one in made if contrast(one, ON_DEEP) >= 7)


def _sign(bright: str, deep: str) -> str:
    """The colour of signs on `deep`."""
    made = (_mixed(bright, WHITE, step / 20) for step in range(21))
    return next(one for one in made if contrast(one, deep) >= LEAST_CONTRAST)


def _parts(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _hex(*parts: float) -> str:
    return "#" + "".join(f"{round(max(0.0, min(1.0, part)) * 255):02x}" for part in parts)


def _mixed(one: str, other: str, weight: float) -> str:
    """`one` with a share of `other`."""
    pairs = zip(_parts(one), _parts(other), strict=True)
    return _hex(*(left * (1 - weight) + right * weight for left, right in pairs))


def _luminance(colour: str) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
