class PdfError(Exception):
    """A document could not be rendered: it refers to a file outside our static files, or it took too long."""
