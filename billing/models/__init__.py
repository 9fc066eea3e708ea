from billing.models.call_detail import CallDetailTerms, ReportDirection
from billing.models.document import Document
from billing.models.order import DocumentOrder, OrderKind, OrderLetter

__all__ = ["CallDetailTerms", "Document", "DocumentOrder", "OrderKind", "OrderLetter", "ReportDirection"]
