"""Converters for parts of URLs."""

from django.urls import register_converter


class NumberConverter:
    """`<number:…>`: the number of a document, `З-2026-000123`. Any other text matches no page."""

    regex = r"[\w-]{1,40}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(NumberConverter, "number")
