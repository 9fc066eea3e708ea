"""Codes of services that the switch can perform; a service with any other code is only charged."""

from enum import StrEnum


class ServiceCode(StrEnum):
    FORWARD_ALL = "forward-all"
    FORWARD_BUSY = "forward-busy"
    FORWARD_NO_ANSWER = "forward-no-answer"
    BAR_OUTGOING = "bar-outgoing"
    BAR_INTERNATIONAL = "bar-international"
    BAR_INCOMING = "bar-incoming"
    INTERNATIONAL = "international"
    CALLER_ID = "caller-id"
    HIDE_CALLER_ID = "hide-caller-id"
    CALL_NOTICE = "call-notice"
    BLACK_LIST = "black-list"
    CHARGES_BY_NUMBER = "charges-by-number"
    MONTHLY_DETAIL = "monthly-detail"
