"""The face's colours as CSS: custom properties that replace those of tokens.css and dark.css, without inline styles."""

from operator_profile import colours
from operator_profile.appearance import Appearance


def of(face: Appearance) -> str:
    """The stylesheet; empty for the portal's own colours. It follows dark.css and says by itself when dark colours
    apply; paper is always light."""
    if not face.stylesheet:
        return ""
    shades = colours.palette(face.accent, face.accent_dark)
    light, dark = _rule(shades.light), _rule(shades.dark)
    return (
        f":root{light}\n"
        f'@media screen{{:root[data-theme="dark"]{dark}}}\n'
        f'@media screen and (prefers-color-scheme: dark){{:root[data-theme="system"]{dark}}}\n'
    )


def _rule(shades: dict[str, str]) -> str:
    return "{" + "".join(f"--{name}:{value};" for name, value in shades.items()) + "}"
