from accounts.models.account import Account, AccountStatus, PaymentTerms
from accounts.models.audit import AuditEvent
from accounts.models.customer import Customer
from accounts.models.look import Look
from accounts.models.password import PasswordRequest, TemporaryPassword
from accounts.models.session import Session
from accounts.models.throttle import Throttle
from accounts.models.user import SignIn, SignInOutcome, User

__all__ = [
    "Account",
    "AccountStatus",
    "AuditEvent",
    "Customer",
    "Look",
    "PasswordRequest",
    "PaymentTerms",
    "Session",
    "SignIn",
    "SignInOutcome",
    "TemporaryPassword",
    "Throttle",
    "User",
]
