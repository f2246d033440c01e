"""Serve the built site as GitHub Pages does: under a sub-path, with its headers.

Used by ``make serve`` and by the browser tests, so that what works here works
there: no cross-origin isolation headers, ten minutes of caching, gzip for text,
``404.html`` for what does not exist.
"""

from __future__ import annotations

import errno
import functools
import gzip
import mimetypes
import os
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml

ROOT = Path(__file__).parents[1]


def sub_path() -> str:
    """Return the path below which the site is published: ``/overlap/``, or that of a fork.

    From OVERLAP_BASE_URL, as the deploy workflow sets it, or ``_config.yml``.
    """
    address = os.environ.get("OVERLAP_BASE_URL")
    if not address:
        settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf8"))
        address = settings["html"]["baseurl"]
    return urlsplit(address).path.rstrip("/") + "/"


BUILDING = """\
<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Being built</title>
<body style="font: 1.1rem/1.5 system-ui; max-width: 40em; margin: 4em auto; padding: 0 1em">
<h1>The guide is being built</h1>
<p>This page opens as soon as it is written. Cells run when the terminal says that the site is there.</p>
"""

# What GitHub Pages compresses; wheels and images are compressed already.
COMPRESSED = (".html", ".css", ".js", ".mjs", ".json", ".svg", ".xml", ".txt", ".wasm", ".py", ".ipynb")

# Python takes these from the operating system, which may be wrong (Windows) or
# not know them; a module worker with a wrong type does not start.
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("text/javascript", ".mjs")
mimetypes.add_type("application/wasm", ".wasm")
mimetypes.add_type("application/manifest+json", ".webmanifest")
mimetypes.add_type("text/x-python", ".py")


@functools.lru_cache(maxsize=256)
def _compressed(path: str, modified: int) -> bytes:
    return gzip.compress(Path(path).read_bytes(), compresslevel=6)


class PagesHandler(SimpleHTTPRequestHandler):
    """Answers like GitHub Pages, for the files of one folder under a sub-path."""

    def __init__(self, *args: Any, sub_path: str, **kwargs: Any) -> None:
        self.sub_path = sub_path
        super().__init__(*args, **kwargs)

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer with a file of the site, or its page for what is missing."""
        self._answer(send_body=True)

    def do_HEAD(self) -> None:
        """Answer as for GET, without the file."""
        self._answer(send_body=False)

    def _answer(self, send_body: bool) -> None:
        path = unquote(urlsplit(self.path).path)
        if path == "/" and self.sub_path != "/":
            self._redirect(self.sub_path)  # for a person who types the host alone
            return
        if not path.startswith(self.sub_path):
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        root = Path(self.directory).resolve()
        file = (root / path.removeprefix(self.sub_path)).resolve()
        status = HTTPStatus.OK
        if file.is_dir() and not path.endswith("/"):
            self._redirect(path + "/")
            return
        if file.is_dir():
            file = file / "index.html"
        if not file.is_relative_to(root) or not file.is_file():
            file, status = root / "404.html", HTTPStatus.NOT_FOUND
        if not file.is_file():
            self._say_building(send_body)
            return
        self._send_file(file, status, send_body)

    def _say_building(self, send_body: bool) -> None:
        """Answer for a site that has no pages yet; the browser asks again."""
        body = BUILDING.encode()
        self.send_response(HTTPStatus.SERVICE_UNAVAILABLE)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Refresh", "2")
        self.end_headers()
        if send_body:
            self.wfile.write(body)

    def _redirect(self, target: str) -> None:
        self.send_response(HTTPStatus.MOVED_PERMANENTLY)
        self.send_header("Location", target)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send_file(self, file: Path, status: HTTPStatus, send_body: bool) -> None:
        accepts_gzip = "gzip" in self.headers.get("Accept-Encoding", "")
        modified = file.stat().st_mtime_ns
        tag = f'"{modified:x}"'
        if status is HTTPStatus.OK and self.headers.get("If-None-Match") == tag:
            self.send_response(HTTPStatus.NOT_MODIFIED)
            self.send_header("ETag", tag)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        compress = accepts_gzip and file.suffix in COMPRESSED
        body = _compressed(str(file), modified) if compress else file.read_bytes()
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        if kind.startswith("text/") or kind == "application/json":
            kind += "; charset=utf-8"
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=600")
        self.send_header("ETag", tag)
        self.send_header("Access-Control-Allow-Origin", "*")
        if compress:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        if send_body:
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a page is a hundred requests."""


class SiteServer(ThreadingHTTPServer):
    """A server for the built site; ``address`` is the home page.

    Args:
        folder: the built site.
        port: 0 picks a free one.
        handler: what answers; tests bring one with faults.

    Raises:
        PortInUse: something else listens there.
    """

    daemon_threads = True
    allow_reuse_address = False
    request_queue_size = 128

    def __init__(self, folder: Path, port: int = 0, handler: type[PagesHandler] = PagesHandler) -> None:
        self.sub_path = sub_path()
        answer = functools.partial(handler, directory=str(folder), sub_path=self.sub_path)
        try:
            super().__init__(("127.0.0.1", port), answer)
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                raise PortInUse(port) from error
            raise

    @property
    def address(self) -> str:
        """The address of the site, ending in its sub-path."""
        return f"http://localhost:{self.server_port}{self.sub_path}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a browser that goes away in mid-answer is not worth a traceback."""


class PortInUse(OSError):
    """Another program listens on the port."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"Port {port} is in use. Stop the program that uses it, or choose another: "
            f"make serve PORT={port + 1}"
        )
