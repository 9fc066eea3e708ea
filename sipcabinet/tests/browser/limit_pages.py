"""Pages of limits of spending and of alarms: the limit, the bar and the alarm are written when they are looked at."""

from collections.abc import Callable

from sipcabinet.tests.browser.page import NUMBER, TRUNK, Page, found
from sipcabinet.tests.browser.portal import Portal

_BAR = """
from decimal import Decimal
from accounts.actor import Actor
from subscribers.models import Subscriber
from subscribers.selectors.limits import Usage
from subscribers.services import limit_checks, limits
trunk = Subscriber.objects.get(pk={})
amounts = dict(day_cost=Decimal(1), month_cost=Decimal(30), day_minutes=None, month_minutes=900)
limits.set_limits(trunk=trunk, owner="customer", amounts=amounts, by=Actor())
limits.set_limits(trunk=trunk, owner="operator", amounts=dict(month_cost=Decimal(28)), by=Actor(reason="новый клиент"))
limit_checks.settle(trunk_id=trunk.pk, usage=Usage(Decimal("1.65"), Decimal("25.09"), 2400, 21600))
"""
_ALARM = """
WITH trunk AS (SELECT id, account_id FROM subscribers_subscriber WHERE id = {}),
former AS (INSERT INTO subscribers_fraudalarm (account_id, trunk_id, sign, facts, raised_at, state, decided_at, reason)
    SELECT account_id, id, 'night', '{{"count": 12, "threshold": 10, "cost": "8.400000"}}', now() - interval '9 days',
    'false', now() - interval '9 days', 'ночная смена диспетчеров' FROM trunk)
INSERT INTO subscribers_fraudalarm (account_id, trunk_id, sign, facts, raised_at, state, reason)
SELECT account_id, id, 'short', '{{"count": 46, "threshold": 30, "cost": "38.160000"}}', now() - interval '7 minutes',
'waiting', '' FROM trunk ON CONFLICT (trunk_id, sign) WHERE state = 'waiting' DO UPDATE SET raised_at = now()
RETURNING id
"""
LAST_TRUNK = f"SELECT max(id) FROM ({TRUNK}) trunks"
_OF_CUSTOMER = """
SELECT a.customer_id || '/numbers/' || s.id FROM subscribers_subscriber s JOIN accounts_account a ON a.id = s.account_id
WHERE s.id = ({})
"""


def _barred(path: str, sql: str = TRUNK) -> Callable[[Portal], str]:
    """The path with the first trunk of the first customer, which has reached its limit."""

    def of(portal: Portal) -> str:
        pk = found("{}", TRUNK)(portal)
        portal.manage("shell", "-c", _BAR.format(pk))
        return found(path, sql)(portal)

    return of


def _alarm(portal: Portal) -> str:
    return f"/admin/alarms/{portal.query(_ALARM.format(found('{}', TRUNK)(portal)))}/"


def limits_of_customers() -> list[Page]:
    """«Лимиты расходов» of the first customer."""
    return [
        Page("subscribers:limits", "owner", found("/subscribers/{}/limits/", LAST_TRUNK)),
        Page("subscribers:limits number", "owner", found("/subscribers/{}/limits/", NUMBER)),
        Page("subscribers:limits barred", "owner", _barred("/subscribers/{}/limits/")),
        Page("subscribers:limits_change", "owner", _barred("/subscribers/{}/limits/change/")),
        Page("subscribers:limits_lift", "owner", _barred("/subscribers/{}/limits/lift/")),
    ]


def limits_at_the_desk() -> list[Page]:
    """The operator's limit, the end of a bar, an alarm."""
    trunk = _OF_CUSTOMER.format(f"{TRUNK} LIMIT 1")
    return [
        Page("admin:desk_customer_limits", "staff", _barred("/admin/customers/{}/limits/", trunk)),
        Page("admin:desk_customer_limits_lift", "staff", _barred("/admin/customers/{}/limits/customer/lift/", trunk)),
        Page("admin:desk_alarm", "staff", _alarm),
    ]
