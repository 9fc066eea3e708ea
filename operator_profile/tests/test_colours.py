"""An accent can be read in both themes: its own shades, and the colour that is proposed instead of it."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from operator_profile import colours

HOSTILE = ["#ffff00", "#ffffff", "#000000", "#7fff00", "#ff69b4", "#808080", "#00ffff", "#fefefe", "#123456", "#c0392b"]


def tokens(name: str) -> dict[str, str]:
    text = (Path(settings.BASE_DIR) / "static/css" / name).read_text(encoding="utf-8")
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", text))
    return {
        key: value if len(value) == 7 else "#" + "".join(one * 2 for one in value[1:]) for key, value in found.items()
    }


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#000000", "#ffffff", 21.0), ("#ffffff", "#ffffff", 1.0), ("#767676", "#ffffff", 4.54)]
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert colours.contrast(one, other) == pytest.approx(ratio, abs=0.01)
    assert colours.contrast(other, one) == colours.contrast(one, other)


@pytest.mark.parametrize(
    ("sheet", "backgrounds"),
    [("tokens.css", colours.LIGHT_BACKGROUNDS), ("dark.css", colours.DARK_BACKGROUNDS)],
)
def test_the_backgrounds_are_those_of_the_stylesheets(sheet: str, backgrounds: tuple[str, ...]) -> None:
    found = tokens(sheet)
    assert tuple(found[name] for name in ("surface", "bg", "sunken", "hover")) == backgrounds


def test_the_portals_own_colours_pass() -> None:
    assert tokens("tokens.css")["primary"] == colours.STANDARD
    assert tokens("dark.css")["primary"] == colours.STANDARD_DARK
    assert colours.passes(colours.STANDARD, dark=False)
    assert colours.passes(colours.STANDARD_DARK, dark=True)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("colour", HOSTILE)
def test_the_proposed_colour_passes_and_keeps_one_that_does(colour: str, dark: bool) -> None:
    proposed = colours.nearest(colour, dark=dark)
    assert colours.passes(proposed, dark=dark)
    assert colours.nearest(proposed, dark=dark) == proposed


@pytest.mark.parametrize("colour", HOSTILE)
def test_every_shade_can_be_read(colour: str) -> None:
    made = colours.palette(colours.nearest(colour, dark=False))
    for shades, backgrounds in ((made.light, colours.LIGHT_BACKGROUNDS), (made.dark, colours.DARK_BACKGROUNDS)):
        for name in ("primary", "primary-hover", "primary-active"):
            assert colours.contrast(shades[name], shades["on-primary"]) >= 4.5, name
        for background in (*backgrounds, shades["primary-soft"]):
            assert colours.contrast(shades["link"], background) >= 4.5, background
        for text in ("#ffffff", colours.ON_DEEP, shades["brand-sign"]):
            assert colours.contrast(shades["brand-deep"], text) >= 4.5, text
