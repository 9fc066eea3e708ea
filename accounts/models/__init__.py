from accounts.models.account import Account, AccountStatus, PaymentTerms
from accounts.models.application import ApplicationKind, ApplicationState, WrittenApplication
from accounts.models.audit import AuditEvent
from accounts.models.customer import Customer
from accounts.models.customer_view import CustomerView, ViewEnd
from accounts.models.look import Look
from accounts.models.name_word import NameWord
from accounts.models.password import PasswordRequest, TemporaryPassword
from accounts.models.session import Session
from accounts.models.throttle import Throttle
from accounts.models.user import SignIn, SignInOutcome, User

__all__ = [
    "Account",
    "AccountStatus",
    "ApplicationKind",
    "ApplicationState",
    "AuditEvent",
    "Customer",
    "CustomerView",
    "Look",
    "NameWord",
    "PasswordRequest",
    "PaymentTerms",
    "Session",
    "SignIn",
    "SignInOutcome",
    "TemporaryPassword",
    "Throttle",
    "User",
    "ViewEnd",
    "WrittenApplication",
]
