"""Whether an accent colour can be read everywhere (4.16), in words for the administrator."""

from django.utils.translation import gettext as _

from operator_profile import colours


def refusal(colour: str, *, dark: bool) -> str:
    """Why a colour is refused, with the nearest one that passes; empty if it passes or is empty."""
    if not colour:
        return ""
    if not colours.is_colour(colour):
        return _("Цвет записывается как #1450b8: решётка и шесть цифр от 0 до f.")
    if colours.passes(colour, dark=dark):
        return ""
    told = {
        "contrast": f"{colours.least_contrast(colour, dark=dark):.1f}".replace(".", ","),
        "nearest": colours.nearest(colour, dark=dark),
    }
    if dark:
        message = _("В тёмной теме контраст %(contrast)s : 1, а нужно не меньше 4,5 : 1. Ближайший цвет: %(nearest)s")
    else:
        message = _("Контраст ссылок и кнопок %(contrast)s : 1, а нужно не меньше 4,5 : 1. Ближайший цвет: %(nearest)s")
    return message % told
