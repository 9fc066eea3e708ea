"""Registration at a real Kamailio: by password, by address, after a change of the password."""

import pytest

from sipcabinet.lib import clock
from sipcabinet.lib.sipp import Caller
from sipcabinet.tests.kamailio.line import CUSTOMER, PBX, Line
from sipcabinet.tests.kamailio.switch import tell
from subscribers.models import SipAccount, Subscriber
from subscribers.switch import sip_passwords

pytestmark = [pytest.mark.full, pytest.mark.django_db(transaction=True)]


def test_the_right_password_registers_and_a_wrong_one_does_not(line: Line, office: Subscriber) -> None:
    assert line.register(CUSTOMER, port=5071, agent="Yealink T31P") == "200"
    query = "SELECT login, contact, user_agent FROM cabinet_registrations"
    ((login, contact, agent),) = line.switch.rows(query)
    assert (login, agent) == ("office-1", "Yealink T31P")
    assert contact.startswith("sip:office-1@127.0.0.1:5071")
    assert line.register(Caller("office-1", "WrongSecret")) == "401"
    assert line.register(Caller("stranger", "WrongSecret")) == "401"
    assert line.refusals() == [("password", "stranger", "127.0.0.1"), ("password", "office-1", "127.0.0.1")]
