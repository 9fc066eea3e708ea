"""All kinds of owners of a number: a stranger must not be able to distinguish them (1.1)."""

from accounts.models import AccountStatus, User
from accounts.tests.factories import AccountFactory, StaffFactory, UserFactory
from accounts.tests.signing_in import issue
from sipcabinet.lib import clock

UNKNOWN = "+375447999999"


def unknown() -> str:
    return UNKNOWN


def known() -> str:
    return str(UserFactory.create().phone)


def known_with_temporary_password() -> str:
    user = UserFactory.create()
    issue(user)
    return str(user.phone)


def known_with_used_temporary_password() -> str:
    user = UserFactory.create()
    _text, temporary = issue(user)
    temporary.used_at = clock.now()
    temporary.save()
    return str(user.phone)


def never_signed_in() -> str:
    user = UserFactory.create()
    user.set_unusable_password()
    user.save()
    return str(user.phone)


def inactive() -> str:
    return str(UserFactory.create(is_active=False).phone)


def inactive_with_temporary_password() -> str:
    user = UserFactory.create()
    issue(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    return str(user.phone)


def of_a_closed_account() -> str:
    account = AccountFactory.create(status=AccountStatus.CLOSED, closed_on=clock.today())
    return str(UserFactory.create(account=account).phone)


def staff() -> str:
    return str(StaffFactory.create().phone)


WHO = [
    unknown,
    known,
    known_with_temporary_password,
    known_with_used_temporary_password,
    never_signed_in,
    inactive,
    inactive_with_temporary_password,
    of_a_closed_account,
    staff,
]
