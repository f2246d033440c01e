# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "flask[async]", "django", "gunicorn", "uvicorn", "httpx",
# ]
# ///
"""How many requests do Flask and Django work on at once?

Run it: python views_at_once.py
"""
import asyncio
import contextlib
import signal
import socket
import subprocess
import sys
import threading
import time
from functools import cache

import httpx

WAIT, REQUESTS = 0.25, 8
counting = threading.Lock()
now = most = 0


# [views]
def view():
    with counted():
        time.sleep(WAIT)
        return str(most)


async def async_view():
    with counted():
        await asyncio.sleep(WAIT)
        return str(most)
# [/views]


@contextlib.contextmanager
def counted():
    """Count who is here at once, and how many at most."""
    global now, most
    with counting:
        now += 1
        most = max(most, now)
    yield
    with counting:
        now -= 1


# [flask]
def flask_app():
    from flask import Flask

    app = Flask(__name__)
    app.add_url_rule("/def", view_func=view)
    app.add_url_rule("/async", view_func=async_view)
    return app
# [/flask]


# [django]
@cache
def django(kind):
    import django
    from django.conf import settings
    from django.core.asgi import get_asgi_application
    from django.core.wsgi import get_wsgi_application
    from django.http import HttpResponse
    from django.urls import path

    def in_thread(request):
        return HttpResponse(view())

    async def on_loop(request):
        return HttpResponse(await async_view())

    urls = [path("def", in_thread), path("async", on_loop)]
    settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=tuple(urls))
    django.setup()
    if kind == "asgi":
        return get_asgi_application()
    return get_wsgi_application()


def django_asgi():
    return django("asgi")


def django_wsgi():
    return django("wsgi")
# [/django]


# [main]
@contextlib.contextmanager
def serving(*command):
    """A real server in a process of its own; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        number = str(listening.fileno())
        command = [one.replace("FD", number) for one in command]
        server = subprocess.Popen(
            [sys.executable, "-m", *command],
            pass_fds=[listening.fileno()],
        )
        try:
            yield "http://{}:{}".format(*listening.getsockname())
        finally:
            server.send_signal(signal.SIGINT)
            server.wait()


async def ask(what, url):
    async with httpx.AsyncClient(timeout=60) as client:
        waits = [client.get(url) for _ in range(REQUESTS)]
        answers = await asyncio.gather(*waits)
    peak = max(int(answer.text) for answer in answers)
    print(f"{what}: {peak} at once", flush=True)


def main():
    quiet = ["--log-level", "warning"]
    four = ["gunicorn", "--no-control-socket", "--threads", "4",
            "--bind", "fd://FD", *quiet]
    with serving(*four, "views_at_once:flask_app()") as url:
        asyncio.run(ask("Flask, def, 4 threads", f"{url}/def"))
        asyncio.run(ask("Flask, async def, 4 threads", f"{url}/async"))
    asgi = ["uvicorn", "--factory", "--fd", "FD", *quiet]
    with serving(*asgi, "views_at_once:django_asgi") as url:
        asyncio.run(ask("Django on ASGI, def", f"{url}/def"))
        asyncio.run(ask("Django on ASGI, async def", f"{url}/async"))
    with serving(*four, "views_at_once:django_wsgi()") as url:
        asyncio.run(ask("Django on WSGI, def", f"{url}/def"))
# [/main]


if __name__ == "__main__":
    main()
