import pytest


def test_the_polite_client_is_never_refused(run):
    """With four at once the server has room; with sixteen it refuses some, all arrive in the end."""
    assert run.lines == [
        "4 at once: 32 pages, refused on the way: none",
        "16 at once: 32 pages, refused on the way: some",
    ]


def test_other_errors_are_not_tried_again(example):
    """A 404 or 501 goes to the caller at once."""
    from urllib.error import HTTPError

    client = example["PoliteClient"](per_host=1)
    calls = []

    def refuse(url, timeout):
        calls.append(url)
        raise HTTPError(url, 404, "Not Found", {}, None)

    client.get.__globals__["urlopen"] = refuse
    with pytest.raises(HTTPError):
        client.get("http://example/one")
    assert calls == ["http://example/one"]


def test_hosts_have_slots_of_their_own(example):
    """A busy host does not hold up another one."""
    client = example["PoliteClient"](per_host=1)
    assert client.slots["one"] is client.slots["one"]
    assert client.slots["one"] is not client.slots["two"]


def test_retry_after_may_be_seconds_a_date_or_nonsense(example):
    """RFC 9110 allows the first two; the third must not raise."""
    import time
    from email.utils import formatdate

    seconds_until = example["seconds_until"]
    assert seconds_until("7") == 7
    assert 50 < seconds_until(formatdate(time.time() + 60, usegmt=True)) <= 60
    assert seconds_until(formatdate(0, usegmt=True)) == 0
    assert seconds_until("-3") == seconds_until("nan") == 0
    assert seconds_until(None) == seconds_until("soon") == 1


def test_a_server_that_asks_for_too_long_a_pause_is_an_error(example):
    """The client gives up at once; it does not sleep for an hour."""
    from urllib.error import HTTPError

    client = example["PoliteClient"](per_host=1, patience=10)

    def refuse(url, timeout):
        raise HTTPError(url, 503, "Busy", {"Retry-After": "3600"}, None)

    client.get.__globals__["urlopen"] = refuse
    with pytest.raises(HTTPError):
        client.get("http://example/one")
    assert client.refused == 0
