"""Written applications of the demo's customers: papers that wait at the desk, and decided ones."""

from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO

from accounts.actor import Actor
from accounts.models import Account, ApplicationKind, User
from accounts.services import applications
from sipcabinet.lib import clock, scans
from sipcabinet.lib.pdf import SECONDS, engine


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper that came `hours` ago from the account with this place in the demo; `answer` if it is decided."""

    place: int
    kind: ApplicationKind
    number: str
    hours: int
    text: str
    note: str = ""
    answer: str = ""
    is_refused: bool = False


PAPERS = (
    Paper(0, ApplicationKind.PLAN, "17", 240, "Просим сменить тарифный план.", answer="План сменён с первого числа"),
    Paper(
        1,
        ApplicationKind.EMAIL,
        "3",
        170,
        "Просим изменить E-mail личного кабинета.",
        answer="Нет подписи руководителя",
        is_refused=True,
    ),
    Paper(0, ApplicationKind.MINUTES, "42", 75, "Просим подключить пакет 600 минут на +375 44 711-20-30."),
    Paper(
        2, ApplicationKind.EMAIL, "", 50, "Просим изменить E-mail личного кабинета.", "принёс директор, паспорт сверен"
    ),
    Paper(1, ApplicationKind.SERVICE, "8/1", 26, "Просим подключить услугу по заявлению."),
    Paper(3, ApplicationKind.CABINET, "1", 5, "Просим подключить личный кабинет SIP."),
    Paper(2, ApplicationKind.PORT_OUT, "12", 2, "Просим перенести номер к другому оператору."),
)


def take_in(accounts: list[Account], staff: User) -> None:
    """Registers the papers, each at its moment, and decides the old ones."""
    for paper in PAPERS:
        account = accounts[paper.place % len(accounts)]
        with clock.at(clock.now() - timedelta(hours=paper.hours)):
            _take_in(paper, account, Actor(staff))


def _take_in(paper: Paper, account: Account, by: Actor) -> None:
    scan = _scan(paper, account)
    row = applications.register(
        account=account,
        kind=paper.kind,
        number=paper.number,
        written_on=clock.today(),
        received_at=clock.now(),
        note=paper.note,
        scan=scans.checked(BytesIO(scan), name="Заявление.pdf", size=len(scan)),
        by=by,
    )
    if paper.is_refused:
        applications.refuse(application=row, reason=paper.answer, by=by)
    elif paper.answer:
        applications.carry_out(application=row, done=paper.answer, by=by)


def _scan(paper: Paper, account: Account) -> bytes:
    """The paper as a PDF of one page."""
    day = clock.show_date(clock.today())
    html = (
        f"<html lang='ru'><head><title>Заявление</title></head><body><p>{account.customer.name}, лицевой счёт"
        f" {account.number}</p><h1>Заявление № {paper.number or 'б/н'} от {day}</h1><p>{paper.text}</p>"
        f"<p>Директор ____________ {account.customer.contact_name}</p></body></html>"
    )
    return engine.write(html, SECONDS, {})
