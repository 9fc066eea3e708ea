from billing.models.adjustment import Adjustment, AdjustmentKind
from billing.models.call_detail import CallDetailTerms, ReportDirection
from billing.models.debt import Debt
from billing.models.delivery import DeliveryChoice, DeliveryMethod
from billing.models.document import Document
from billing.models.dunning import DebtRestriction, DunningNotice, DunningStep, RestrictedSubscriber
from billing.models.exemption import DunningExemption
from billing.models.guarantee import GuaranteeState, PaymentGuarantee
from billing.models.invoice import (
    Correction,
    CorrectionLine,
    CounterKind,
    DocumentCounter,
    Invoice,
    InvoiceFileKind,
    InvoiceMailing,
    IssuedFile,
    MailingLetter,
    ServiceAct,
)
from billing.models.ledger import EntryKind, LedgerEntry
from billing.models.month_calculation import CHARGED, AccountDraft, DraftMark, MonthCalculation
from billing.models.month_issue import IssueFailure, MonthIssue
from billing.models.moved_day import MovedDay
from billing.models.order import DocumentOrder, OrderKind, OrderLetter
from billing.models.payment import Payment, PaymentSource, StatementImport, StatementsThrough, SuspensePayment
from billing.models.payment_return import PaymentReturn, ReturnKind, ReturnState
from billing.models.proposal import MoneyProposal, ProposalKind
from billing.models.reconciliation_act import ReconciliationAct, ReconciliationRun
from billing.models.second_person import ProposalState, SecondPerson
from billing.models.statement_line import StatementLine
from billing.models.suspense_refund import SuspenseRefund, SuspenseRefundState

__all__ = [
    "CHARGED",
    "AccountDraft",
    "Adjustment",
    "AdjustmentKind",
    "CallDetailTerms",
    "Correction",
    "CorrectionLine",
    "CounterKind",
    "Debt",
    "DebtRestriction",
    "DeliveryChoice",
    "DeliveryMethod",
    "Document",
    "DocumentCounter",
    "DocumentOrder",
    "DraftMark",
    "DunningExemption",
    "DunningNotice",
    "DunningStep",
    "EntryKind",
    "GuaranteeState",
    "Invoice",
    "InvoiceFileKind",
    "InvoiceMailing",
    "IssueFailure",
    "IssuedFile",
    "LedgerEntry",
    "MailingLetter",
    "MoneyProposal",
    "MonthCalculation",
    "MonthIssue",
    "MovedDay",
    "OrderKind",
    "OrderLetter",
    "Payment",
    "PaymentGuarantee",
    "PaymentReturn",
    "PaymentSource",
    "ProposalKind",
    "ProposalState",
    "ReconciliationAct",
    "ReconciliationRun",
    "ReportDirection",
    "RestrictedSubscriber",
    "ReturnKind",
    "ReturnState",
    "SecondPerson",
    "ServiceAct",
    "StatementImport",
    "StatementLine",
    "StatementsThrough",
    "SuspensePayment",
    "SuspenseRefund",
    "SuspenseRefundState",
]
