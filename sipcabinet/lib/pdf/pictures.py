"""Addresses of the pictures that a document brings along."""

PICTURE = "picture"  # the scheme


def picture_url(name: str) -> str:
    """The address of a picture of `render` in its template."""
    return f"{PICTURE}:{name}"
