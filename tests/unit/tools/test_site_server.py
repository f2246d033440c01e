"""The server of `make serve` while the site is built for the first time."""

import threading
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tools.site_server import SiteServer


@pytest.fixture
def server(tmp_path):
    server = SiteServer(tmp_path)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_before_the_first_page_the_browser_is_asked_to_come_back(server):
    with pytest.raises(HTTPError) as told:
        urlopen(server.address)
    with told.value as answer:
        assert answer.code == 503
        assert answer.headers["Refresh"] == "2"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "is being built" in answer.read().decode()


def test_a_page_is_served_as_soon_as_it_is_written(server, tmp_path):
    (tmp_path / "index.html").write_text("<h1>Overlap</h1>")
    with urlopen(server.address) as answer:
        assert answer.read() == b"<h1>Overlap</h1>"
