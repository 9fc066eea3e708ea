"""A temporary password by letter, and the end of a login's sessions."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import AccountStatus, Session, User
from accounts.services import staff_help
from desk.forms.customer import ConfirmForm
from desk.views.customer import found
from desk.views.customer.step import Step, carry_out
from sipcabinet.lib import words


def password(request: HttpRequest, pk: int, user_pk: int) -> HttpResponse:
    """Sends a temporary password to the registered E-mail. The person never sees it."""
    customer = found.customer_of(request, pk)
    user = found.login_of(customer, user_pk)

    def work(by: Actor, _told: dict[str, Any]) -> str:
        staff_help.send_temporary_password(user=user, by=by)
        return _("Временный пароль для %(who)s отправляется на %(email)s") % {"who": user, "email": _email(user)}

    hours = words.counted(int(settings.TEMPORARY_PASSWORD_LIFETIME.total_seconds() // 3600), "час", "часа", "часов")
    step = Step(
        title=_("Выслать временный пароль"),
        button=_("Выслать временный пароль"),
        facts=[*_facts(user), (_("E-mail личного кабинета"), _email(user))],
        effect=[
            _("Письмо с паролем уйдёт на E-mail личного кабинета, и только туда. Пароль здесь не показывается."),
            _("Он действует %(hours)s и годится для одного входа; прежний временный пароль перестанет действовать.")
            % {"hours": hours},
            _("Постоянный пароль останется прежним."),
        ],
        refusal=_why_no_password(user),
        section="access",
        form=ConfirmForm,
    )
    return carry_out(request, customer, step, work)


def sessions(request: HttpRequest, pk: int, user_pk: int) -> HttpResponse:
    """Ends all sessions of a login."""
    customer = found.customer_of(request, pk)
    user = found.login_of(customer, user_pk)
    count = Session.objects.filter(user=user).count()

    def work(by: Actor, _told: dict[str, Any]) -> str:
        ended = staff_help.end_sessions(user=user, by=by)
        return _("Завершено сеансов: %(count)d") % {"count": ended}

    step = Step(
        title=_("Завершить сеансы"),
        button=_("Завершить сеансы"),
        is_dangerous=True,
        facts=[*_facts(user), (_("Открытых сеансов"), count)],
        effect=[
            _("Все, кто вошёл с этим номером, выйдут из кабинета; несохранённое пропадёт."),
            _("Пароль останется прежним: войти можно снова. Все устройства станут незнакомыми."),
        ],
        refusal="" if count else _("Открытых сеансов нет."),
        section="access",
        form=ConfirmForm,
    )
    return carry_out(request, customer, step, work)


def _facts(user: User) -> list[tuple[str, Any]]:
    return [(_("Логин"), f"{user}, {user.name}" if user.name else str(user)), (_("Лицевой счёт"), _number(user))]


def _number(user: User) -> str:
    return user.account.number if user.account else ""


def _email(user: User) -> str:
    return user.account.cabinet_email if user.account else ""


def _why_no_password(user: User) -> str:
    if user.account is None or user.account.status == AccountStatus.CLOSED:
        return _("Лицевой счёт закрыт: войти в кабинет нельзя.")
    return "" if user.is_active else _("Этот вход закрыт: сначала откройте его.")
