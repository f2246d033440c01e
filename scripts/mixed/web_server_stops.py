# /// script
# requires-python = ">=3.11"
# dependencies = ["uvicorn", "gunicorn"]
# ///
"""SIGTERM while a request is under way: uvicorn and gunicorn.

Run it: python web_server_stops.py
"""
import asyncio
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException

WAIT = {"/slow": 0.5, "/hangs": 60}  # seconds


# [apps]
async def asgi(scope, receive, send):
    if scope["type"] == "http":
        print("working", flush=True)
        await asyncio.sleep(WAIT[scope["path"]])
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"done"})


def wsgi(environ, start_response):
    print("working", flush=True)
    time.sleep(WAIT[environ["PATH_INFO"]])
    start_response("200 OK", [])
    return [b"done"]
# [/apps]


# [main]
def stop(listening, path, *command):
    """Ask, send SIGTERM, see what becomes of the answer."""
    server = subprocess.Popen(
        [sys.executable, "-m", *command],
        pass_fds=[listening.fileno()],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with server, ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask, listening.getsockname(), path)
        server.stdout.readline()  # it is working
        server.send_signal(signal.SIGTERM)
        answer, status = asked.result(), server.wait()
    status = status if status >= 0 else 128 - status
    return f"{answer}, exit status {status}"


def ask(address, path):
    connection = HTTPConnection(*address, timeout=50)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return f"{answer.status} {answer.read().decode()}"
    except (OSError, HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()


def main():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        fd = str(listening.fileno())
        uvicorn = ["uvicorn", "web_server_stops:asgi", "--fd", fd,
                   "--log-level", "critical"]
        gunicorn = ["gunicorn", "web_server_stops:wsgi",
                    "--bind", f"fd://{fd}", "--no-control-socket"]
        grace = ["--timeout-graceful-shutdown", "1"]
        for name, path, command in [
            ("uvicorn, slow request", "/slow", uvicorn),
            ("uvicorn, hanging, grace 1 s", "/hangs", uvicorn + grace),
            ("gunicorn, slow request", "/slow", gunicorn),
            ("gunicorn, hanging, grace 1 s", "/hangs",
             [*gunicorn, "--graceful-timeout", "1"]),
        ]:
            print(f"{name}: {stop(listening, path, *command)}")
# [/main]


if __name__ == "__main__":
    main()
