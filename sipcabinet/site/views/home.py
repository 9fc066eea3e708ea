"""«Главная»: an overview of an account, composed from the apps below."""

from decimal import Decimal

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts import visitor
from accounts.models import User
from billing.selectors import orders, standing
from sipcabinet.lib import clock
from sipcabinet.lib.charts import DailyCallsChart, Day
from sipcabinet.lib.charts.peaks import PeaksChart
from sipcabinet.lib.periods import Month
from sipcabinet.lib.prepared import ask
from sipcabinet.site.views import home_orders
from subscribers import number_rows
from subscribers.selectors import calls, minutes, numbers, trunk_load

NUMBERS_SHOWN = 6
ORDERS_SHOWN = 4
FIGURES_OF_TRUNKS = 2  # with balance and debt they make a row of four figures


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Money, calls of this month, minutes, numbers, last orders. Staff have no account: they go to the desk."""
    if isinstance(request.user, User) and request.user.is_staff:
        return redirect("admin:index")
    account = visitor.of(request).account
    month, today = Month.current(), clock.today()
    ask(
        calls.by_day_asks(account, month),
        trunk_load.busiest_asks(account, today),
        numbers.first_asks(account, month, NUMBERS_SHOWN),
        standing.asks(account),
        minutes.of_trunks_asks(account, month, FIGURES_OF_TRUNKS),
        orders.latest_asks(account, ORDERS_SHOWN),
    )
    days = calls.by_day(account, month)
    load = trunk_load.busiest(account, today)
    shown, number_count = numbers.first(account, month, NUMBERS_SHOWN)
    context = {
        "account": account,
        "standing": standing.of(account),
        "month": month,
        "numbers": shown,
        "number_rows": number_rows.html(shown),
        "number_count": number_count,
        "minutes": minutes.of_trunks(account, month, FIGURES_OF_TRUNKS)[: FIGURES_OF_TRUNKS - (load is not None)],
        "load": load,
        "peaks_chart": PeaksChart.of(load.days, load.channels) if load and load.highest else None,
        "cost": sum((day.cost for day in days), Decimal(0)),
        "chart": DailyCallsChart.of([Day(day.day, day.outgoing, day.incoming) for day in days]),
        "order_items": home_orders.html(orders.latest(account, ORDERS_SHOWN)),
    }
    return render(request, "site/home.html", context)
