"""Scenarios of SIPp: what a telephone sends and expects when it registers, calls, or takes a call (lib/sipp.py).

`[field0]`, `[field1]` and `[field2]` of a step are the shown number, the called number and the password of a row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Step = str
LOCAL = "127.0.0.1"
FINAL = ("300", "302", "400", "401", "403", "404", "405", "408", "433", "480", "481", "482", "483", "484", "486", "487",
         "488", "500", "503", "600", "603")  # fmt: skip
SDP = """v=0
o=user 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio 6000 RTP/AVP 8
a=rtpmap:8 PCMA/8000"""
_END = ('<label id="end"/>', '<pause milliseconds="1"/>')  # a label must have a step after it


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls or registers. Without a login the switch knows the caller by the address."""

    login: str = ""
    password: str = field(default="", repr=False)
    address: str = LOCAL
    headers: Mapping[str, str] = field(default_factory=dict)


def written(name: str, steps: Sequence[Step]) -> str:
    body = "\n".join(steps)
    return f'<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="{name}">\n{body}\n</scenario>\n'


def _send(text: str, attributes: str = "") -> Step:
    return f"<send {attributes}><![CDATA[\n\n{text.strip()}\n\n]]></send>"


def _headers(more: Mapping[str, str]) -> str:
    return "".join(f"{name}: {value}\n" for name, value in more.items())


def register(who: Caller, domain: str, port: int, seconds: int, agent: str) -> list[Step]:
    def request(number: int, proof: str) -> Step:
        return _send(
            f"""REGISTER sip:{domain} SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: <sip:{who.login}@{domain}>;tag=c[pid]-[call_number]
To: <sip:{who.login}@{domain}>
Call-ID: [call_id]
CSeq: {number} REGISTER
Contact: <sip:{who.login}@[local_ip]:{port};transport=[transport]>
{proof}Expires: {seconds}
User-Agent: {agent}
Content-Length: 0""",
            'retrans="500"',
        )

    return [
        request(1, ""),
        '<recv response="200" optional="true" next="end"/>',
        '<recv response="403" optional="true" next="end"/>',
        '<recv response="401" auth="true"/>',
        request(2, "[field2]\n"),
        *(f'<recv response="{code}" optional="true" next="end"/>' for code in ("401", "403", "404")),
        '<recv response="200"/>',
        *_END,
    ]


def invite(who: Caller, domain: str) -> list[Step]:
    """The INVITE, with the password if the switch asks for it, up to the answer or a refusal (label `refused`)."""
    steps = [_request("INVITE", 1, who, domain)]
    if who.login:
        steps += [
            '<recv response="100" optional="true"/>',
            *_refusals(FINAL),
            '<recv response="407" auth="true"/>',
            _ack(1, domain, "[branch-1]"),
            _request("INVITE", 2, who, domain, "[field2]\n"),
        ]
    return steps


def _refusals(codes: Sequence[str]) -> list[Step]:
    return [f'<recv response="{code}" optional="true" next="refused"/>' for code in codes]


def _request(method: str, number: int, who: Caller, domain: str, proof: str = "") -> Step:
    sdp = f"Content-Type: application/sdp\nContent-Length: [len]\n\n{SDP}"
    return _send(
        f"""{method} sip:[field1]@{domain} SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: <sip:[field0]@{domain}>;tag=c[pid]-[call_number]
To: <sip:[field1]@{domain}>
Call-ID: [call_id]
CSeq: {number} {method}
Contact: <sip:[field0]@[local_ip]:[local_port];transport=[transport]>
{proof}{_headers(who.headers)}{sdp}""",
        'retrans="500"',
    )


def _ack(number: int, domain: str, branch: str) -> Step:
    return _send(
        f"""ACK sip:[field1]@{domain} SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch}
Max-Forwards: 70
From: <sip:[field0]@{domain}>;tag=c[pid]-[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: {number} ACK
Content-Length: 0"""
    )


def talk(domain: str, seconds: float) -> list[Step]:
    return [
        *(f'<recv response="{code}" optional="true"/>' for code in ("100", "180", "181", "183")),
        *_refusals(("407", *FINAL)),  # SIPp would answer a second 407 for ever
        '<recv response="200" rrs="true"/>',
        _within("ACK", 2, domain),
        f'<pause milliseconds="{seconds * 1000:.0f}"/>',
        _within("BYE", 3, domain, 'retrans="500"'),
        '<recv response="200" next="end"/>',
        '<label id="refused"/>',
        _ack(2, domain, "[branch]"),
        *_END,
    ]


def cancelled(who: Caller, domain: str) -> list[Step]:
    return [
        '<recv response="100" optional="true"/>',
        '<recv response="180"/>',
        _send(
            f"""CANCEL sip:[field1]@{domain} SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch-3]
Max-Forwards: 70
From: <sip:[field0]@{domain}>;tag=c[pid]-[call_number]
To: <sip:[field1]@{domain}>
Call-ID: [call_id]
CSeq: {2 if who.login else 1} CANCEL
Content-Length: 0""",
            'retrans="500"',
        ),
        '<recv response="200"/>',
        '<recv response="487"/>',
        _ack(2 if who.login else 1, domain, "[branch-6]"),
        '<label id="refused"/>',
    ]


def _within(method: str, number: int, domain: str, attributes: str = "") -> Step:
    return _send(
        f"""{method} [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
[routes]
From: <sip:[field0]@{domain}>;tag=c[pid]-[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: {number} {method}
Content-Length: 0""",
        attributes,
    )


def _reply(line: str, *, sdp: bool = False) -> Step:
    body = f"Content-Type: application/sdp\nContent-Length: [len]\n\n{SDP}" if sdp else "Content-Length: 0"
    return _send(
        f"""SIP/2.0 {line}
[last_Via:]
[last_From:]
[last_To:];tag=a[pid]-[call_number]
[last_Call-ID:]
[last_CSeq:]
[last_Record-Route:]
Contact: <sip:[local_ip]:[local_port];transport=[transport]>
{body}"""
    )


_OK = _send("SIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\nContent-Length: 0")
_NUMBERED_INVITE = """<recv request="INVITE"><action>
<ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" assign_to="number"/></action></recv>"""
_GONE = _send(
    "SIP/2.0 487 Request Terminated\n[last_Via:]\n[last_From:]\n[last_To:];tag=a[pid]-[call_number]\n[last_Call-ID:]\n"
    "CSeq: [$number] INVITE\nContent-Length: 0"
)
ANSWERS = {
    "answer": ['<recv request="INVITE" rrs="true"/>', _reply("180 Ringing"), _reply("200 OK", sdp=True),
               '<recv request="ACK"/>', '<recv request="BYE"/>', _OK],
    "busy": ['<recv request="INVITE"/>', _reply("486 Busy Here"), '<recv request="ACK"/>'],
    "refuse": ['<recv request="INVITE"/>', _reply("603 Decline"), '<recv request="ACK"/>'],
    "ring": [_NUMBERED_INVITE, _reply("180 Ringing"), '<recv request="CANCEL"/>', _OK, _GONE,
             '<recv request="ACK" optional="true"/>'],
}  # fmt: skip
