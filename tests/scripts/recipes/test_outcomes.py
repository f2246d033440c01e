import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace
from urllib.error import HTTPError, URLError

import pytest


def test_it_tells_a_limit_and_a_foreign_cancellation_from_a_value(run):
    """The program says what became of each."""
    assert run.lines[:3] == [
        "cat: cat.jpg, None",
        "owl: None, TimeoutError('not done in 0.1 s')",
        "yak: None, CancelledError()",
    ]


def answer(status, name="status_code", **headers):
    return SimpleNamespace(**{name: status}, headers={key.replace("_", "-"): v for key, v in headers.items()})


def error_of(package, name, base=Exception, **more):
    kind = type(name, (base,), {"__module__": package, **more})
    return kind("failed")


@pytest.mark.parametrize(
    ("result", "wait"),
    [
        (ConnectionRefusedError(), 0),
        (TimeoutError(), 0),
        (socket.gaierror(), 0),
        (URLError(ConnectionResetError()), 0),
        (URLError("unknown url type"), None),
        (HTTPError("http://x", 503, "busy", {"Retry-After": "7"}, None), 7),
        (HTTPError("http://x", 404, "none", {}, None), None),
        (answer(429), 0),
        (answer(429, Retry_After="0"), 0.1),
        (answer(503, Retry_After="30"), 30),
        (answer(503, Retry_After="never"), 0.1),
        (answer(503, Retry_After="-5"), 0.1),
        (answer(503, Retry_After="²"), 0.1),
        (answer(503, "status", Retry_After="2"), 2),
        (answer(200), None),
        (answer(404), None),
        (error_of("httpx", "ConnectError", error_of("httpx", "TransportError").__class__), 0),
        (error_of("httpx", "UnsupportedProtocol", error_of("httpx", "TransportError").__class__), None),
        (error_of("httpx", "HTTPStatusError", response=answer(503, Retry_After="3")), 3),
        (error_of("aiohttp.client_exceptions", "ClientConnectionError"), 0),
        (error_of("aiohttp.client_exceptions", "ClientResponseError", status=404, headers={}), None),
        (error_of("requests.exceptions", "ConnectionError", response=None), 0),
        (error_of("requests.exceptions", "HTTPError", response=answer(502)), 0),
        (ValueError(), None),
        ({"status": 503}, None),
        (None, None),
    ],
)
def test_what_is_worth_a_retry(example, result, wait):
    """Sockets, urllib and three libraries; raised or returned; a floor under Retry-After."""
    assert example["worth_a_retry"](result) == wait


def test_a_date_is_understood(example):
    """RFC 9110 allows one."""
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert 60 < example["worth_a_retry"](answer(503, Retry_After=soon)) <= 90
    past = format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True)
    assert example["worth_a_retry"](answer(503, Retry_After=past)) == 0.1
