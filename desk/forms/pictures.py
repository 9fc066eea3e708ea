"""A field for a picture: what is uploaded is checked before anything else reads it."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from sipcabinet.lib import pictures
from sipcabinet.lib.pictures import Picture


class PictureField(forms.FileField):
    """A PNG or, with `svg`, also an SVG; cleans to a checked Picture, or None without a file."""

    def __init__(self, *, svg: bool = False, **kwargs: Any) -> None:
        self.svg = svg
        accepted = "image/png,image/svg+xml" if svg else "image/png"
        super().__init__(required=False, widget=forms.FileInput(attrs={"accept": accepted}), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> Picture | None:
        if not isinstance(data, UploadedFile) or data.file is None:
            return None
        try:
            return pictures.read(data.file, data.size, accepts_svg=self.svg)
        except pictures.PictureError as refusal:
            raise ValidationError(refusal.message) from None
