"""Every service that the switch performs is complete: in the catalogue, on the switch, with its parameter (3.2)."""

from collections.abc import Collection, Iterable
from typing import Any

import pytest

from sipcabinet.demo.price_list import SERVICES
from subscribers.catalogue.services import ServiceCode
from subscribers.models import Service, ServiceParameter, Subscriber
from subscribers.services import service_parameters
from subscribers.services.service_parameters import ParametersError
from subscribers.switch.backends.backend import Telling
from subscribers.switch.backends.kamailio_rows import rows_of

# Services that are not sent to the switch, and why.
NOT_TOLD = {
    ServiceCode.CHARGES_BY_NUMBER: "an appendix of the invoice",
    ServiceCode.MONTHLY_DETAIL: "a letter after the month's close",
}
GIVEN = {"forward_to": "+375172700001", "numbers": ["+375297010101"]}  # the parameters of all services


def state(*codes: str) -> dict[str, Any]:
    """The state of a number with these services."""
    sip = {"auth_name": "375172000000", "domain": "sip.operator.example"}
    on = dict.fromkeys(codes, GIVEN)
    return {"phone": "+375172000001", "sip": sip, "outgoing_restricted": False, "services": on}


def is_told(code: str) -> bool:
    """Whether the switch has other rows with the service than without it."""
    return rows_of(Telling(1, 1, state(code))) != rows_of(Telling(1, 1, state()))


def forgotten(codes: Iterable[str], sold: Collection[str], told: Collection[str]) -> list[str]:
    """Names, in words, what these codes lack."""
    lacking = []
    for code in codes:
        if code not in sold:
            lacking.append(f"«{code}» is not in SERVICES (sipcabinet/demo/price_list.py)")
        if code not in {*told, *NOT_TOLD}:
            lacking.append(f"«{code}» gives no rows (subscribers/switch/backends/kamailio_rows.py)")
        if code in told and code in NOT_TOLD:
            lacking.append(
                f"«{code}» is told, though NOT_TOLD says otherwise (subscribers/tests/test_service_codes.py)"
            )
    return lacking


def test_every_code_is_sold_and_told() -> None:
    told = [code for code in ServiceCode if is_told(code)]
    assert forgotten(ServiceCode, [service.code for service in SERVICES], told) == []


def test_a_forgotten_place_is_named() -> None:
    assert forgotten(["call-notice", "monthly-detail"], ["monthly-detail"], ["monthly-detail"]) == [
        "«call-notice» is not in SERVICES (sipcabinet/demo/price_list.py)",
        "«call-notice» gives no rows (subscribers/switch/backends/kamailio_rows.py)",
        "«monthly-detail» is told, though NOT_TOLD says otherwise (subscribers/tests/test_service_codes.py)",
    ]
    assert not is_told("a-code-of-tomorrow")


@pytest.mark.parametrize("parameter", [one for one in ServiceParameter if one != ServiceParameter.NONE])
def test_every_parameter_is_asked_for(parameter: str) -> None:
    """`service_parameters.normal` would drop a parameter that it does not handle, and the service would do nothing."""
    with pytest.raises(ParametersError):
        service_parameters.normal(Service(parameter=parameter), Subscriber(phone="+375172000001"), {})
