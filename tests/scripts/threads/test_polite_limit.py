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
