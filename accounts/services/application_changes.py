"""Changes of an account that a written application asks for, each with its mark in the register in one transaction."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import Account, User, WrittenApplication
from accounts.services import applications, customers, staff_help


def change_email(*, application: WrittenApplication, email: str, by: Actor) -> WrittenApplication:
    """Changes the registered E-mail (1.1b): both addresses get a letter, unused temporary passwords are void.

    Locks the paper, the account and its logins. Raises ApplicationError, and CustomerError for an invalid address.
    """
    with transaction.atomic():
        paper = applications.hold(application)
        _set_email(paper, email, by)
        return applications.carry_out(
            application=paper, done=_("E-mail изменён на %(email)s") % {"email": email}, by=by
        )


def connect_cabinet(*, application: WrittenApplication, login: User, email: str, by: Actor) -> WrittenApplication:
    """Sends the first temporary password of a login to `email`, which becomes the registered E-mail if it is another.

    Locks like `change_email`. Raises ApplicationError, CustomerError, and LoginHelpError for a closed login.
    """
    with transaction.atomic():
        paper = applications.hold(application)
        if email != paper.account.cabinet_email:
            _set_email(paper, email, by)
        user = User.objects.select_related("account").get(pk=login.pk, account=paper.account_id)
        staff_help.send_temporary_password(user=user, by=Actor(by.user, by.address, paper.reference))
        done = _("Временный пароль для %(login)s отправлен на %(email)s") % {"login": user, "email": email}
        return applications.carry_out(application=paper, done=done, by=by)


def _set_email(paper: WrittenApplication, email: str, by: Actor) -> None:
    account = Account.objects.select_related("customer").get(pk=paper.account_id)
    if by.user is not None:
        customers.change_email(account=account, email=email, staff=by.user, address=by.address, reason=paper.reference)
