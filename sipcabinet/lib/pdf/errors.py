class PdfError(Exception):
    """A document could not be made: it asked for something from outside, or took too long."""
