"""Drive the Firefox and the WebKit that this machine has, with the part of Playwright's API that tests use.

Playwright drives browsers that it has built. A distribution's Firefox and WebKitGTK answer to WebDriver: on a
socket (Marionette), and over HTTP. Both understand the same commands, so one `Page` serves both, and a test
that is written for Playwright's page runs with it. It has what such tests use.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import itertools
import json
import os
import re
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol, TypeVar

from tools.find_browser import find_firefox, find_webkit

T = TypeVar("T")

# In seconds. A step of a test may take long on a busy machine.
TIMEOUT = 60.0
PAUSE = 0.03

# How WebDriver calls an element, and the keys that have no letter.
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
KEYS = {
    "Control": "\ue009",
    "ControlOrMeta": "\ue009",
    "Shift": "\ue008",
    "Enter": "\ue007",
    "Escape": "\ue00c",
    "Tab": "\ue004",
    "Space": " ",
    "Home": "\ue011",
    "End": "\ue010",
    "ArrowLeft": "\ue012",
    "ArrowUp": "\ue013",
    "ArrowRight": "\ue014",
    "ArrowDown": "\ue015",
}

# A browser says these of an element that is about to be there.
NOT_YET = (
    "stale element reference",
    "element click intercepted",
    "element not interactable",
    "no such element",
)


class DriverError(Exception):
    """What the browser answered to a command that failed."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind


class Driver(Protocol):
    """A browser with one window."""

    def command(self, name: str, parameters: dict[str, Any]) -> Any:
        """Send a command of WebDriver, by its name in WIRE; return its value."""

    def resize(self, width: int, height: int) -> None:
        """Give the page this many pixels."""

    def console(self) -> list[str]:
        """Return what the console was told since it was asked last: ``error: ...``, ``warn: ...``.

        Raises:
            NotImplementedError: this driver does not know.
        """

    def close(self) -> None:
        """End the browser."""


# Of each command: the method and path below the session, and Marionette's name for it.
WIRE = {
    "open": ("POST", "url", "WebDriver:Navigate"),
    "address": ("GET", "url", "WebDriver:GetCurrentURL"),
    "reload": ("POST", "refresh", "WebDriver:Refresh"),
    "script": ("POST", "execute/sync", "WebDriver:ExecuteScript"),
    "click": ("POST", "element/{id}/click", "WebDriver:ElementClick"),
    "actions": ("POST", "actions", "WebDriver:PerformActions"),
    "screenshot": ("GET", "screenshot", "WebDriver:TakeScreenshot"),
    "timeouts": ("POST", "timeouts", "WebDriver:SetTimeouts"),
    "size": ("POST", "window/rect", "WebDriver:SetWindowRect"),
}
TIMEOUTS = {"script": 100_000, "pageLoad": 100_000, "implicit": 0}


def wait_for(what: Callable[[], T], timeout: float, message: Callable[[], str]) -> T:
    """Ask until the answer is a true value, and return that."""
    deadline = time.monotonic() + timeout
    while True:
        if answer := what():
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(message())
        time.sleep(PAUSE)


class Marionette:
    """Firefox, by the protocol that is built into it: what geckodriver translates to."""

    def __init__(self, path: str, folder: Path) -> None:
        profile = folder / "profile"
        profile.mkdir()
        (profile / "user.js").write_text(
            "\n".join(
                f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()
            ),
            encoding="utf8",
        )
        arguments = ["--marionette", "--remote-allow-system-access", "--headless", "--no-remote"]
        self.process = subprocess.Popen(
            [path, *arguments, "--profile", str(profile)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": str(folder), "MOZ_CRASHREPORTER_DISABLE": "1"},
        )
        written = profile / "MarionetteActivePort"

        def port() -> str:
            assert self.process.poll() is None, "Firefox ended"
            return written.read_text(encoding="utf8") if written.exists() else ""

        number = int(wait_for(port, TIMEOUT, lambda: "Firefox did not start"))
        self.socket = socket.create_connection(("127.0.0.1", number), timeout=2 * TIMEOUT)
        self.stream = self.socket.makefile("rb")
        self._receive()  # it greets
        self.numbers = itertools.count(1)
        self._send("WebDriver:NewSession", {"strictFileInteractability": True, "timeouts": TIMEOUTS})
        # The first tab has begun before anything could be asked for.
        handle = self._send("WebDriver:NewWindow", {"type": "tab"})["handle"]
        self._send("WebDriver:CloseWindow", {})
        self._send("WebDriver:SwitchToWindow", {"handle": handle})

    def _receive(self) -> Any:
        length = b""
        while (character := self.stream.read(1)) != b":":
            if not character:
                raise DriverError("closed", "Firefox ended")
            length += character
        return json.loads(self.stream.read(int(length)))

    def _send(self, name: str, parameters: dict[str, Any]) -> Any:
        message = json.dumps([0, next(self.numbers), name, parameters]).encode()
        self.socket.sendall(b"%d:%s" % (len(message), message))
        _, _, error, value = self._receive()
        if error:
            raise DriverError(error["error"], error["message"])
        return value

    def _privileged(self, script: str, *arguments: Any) -> Any:
        self._send("Marionette:SetContext", {"value": "chrome"})
        try:
            told = self._send("WebDriver:ExecuteScript", {"script": script, "args": list(arguments)})
        finally:
            self._send("Marionette:SetContext", {"value": "content"})
        return told["value"]

    def command(self, name: str, parameters: dict[str, Any]) -> Any:
        """Send a command."""
        value = self._send(WIRE[name][2], parameters)
        return value["value"] if isinstance(value, dict) and set(value) == {"value"} else value

    def resize(self, width: int, height: int) -> None:
        """Resize the page in its window, which has a smallest width."""
        self._privileged(RESIZE_FIREFOX, width, height)

    def console(self) -> list[str]:
        """Return and forget what the console has of the site's addresses: Firefox has some of its own."""
        return [str(line) for line in self._privileged(CONSOLE_OF_FIREFOX)]

    def close(self) -> None:
        """End the browser."""
        with contextlib.suppress(DriverError, OSError):
            self._send("Marionette:Quit", {"flags": ["eForceQuit"]})
        self.stream.close()
        self.socket.close()
        end(self.process)


PREFERENCES = {
    "marionette.port": 0,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "browser.aboutwelcome.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.server": "",
    "app.normandy.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "dom.push.connection.enabled": False,
    "media.gmp-manager.updateEnabled": False,
    "extensions.getAddons.cache.enabled": False,
    "dom.max_script_run_time": 0,
    "dom.ipc.processHangMonitor": False,
}
RESIZE_FIREFOX = """
const { style } = gBrowser.selectedBrowser;
for (const [side, pixels] of [["width", arguments[0]], ["height", arguments[1]]]) {
  for (const edge of ["min", "max"]) style.setProperty(`${edge}-${side}`, `${pixels}px`);
}
"""
# What went wrong in pages and workers (nsIConsoleService), and what they said themselves (console.error).
CONSOLE_OF_FIREFOX = """
const site = address => /^(http|blob)/.test(address ?? "");
const wrong = Services.console.getMessageArray()
    .filter(m => m instanceof Ci.nsIScriptError && !(m.flags & m.warningFlag) && site(m.sourceName))
    .map(m => `error: ${m.errorMessage} (${m.sourceName}:${m.lineNumber}, ${m.category})`);
Services.console.reset();
const storage = Cc["@mozilla.org/consoleAPI-storage;1"].getService(Ci.nsIConsoleAPIStorage);
const said = storage.getEvents().filter(e => /^(error|warn)$/.test(e.level) && site(e.filename))
    .map(e => `${e.level}: ${[...e.arguments].map(String).join(" ")} (${e.filename}:${e.lineNumber})`);
storage.clearEvents();
return [...wrong, ...said];
"""


class WebKitDriver:
    """WebKitGTK's small browser on a screen of its own."""

    def __init__(self, path: str, folder: Path) -> None:
        style = folder / ".config" / "gtk-3.0" / "gtk.css"
        style.parent.mkdir(parents=True)
        style.write_text(NARROW, encoding="utf8")
        self.screen, display = virtual_screen()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.process = subprocess.Popen(
            ["WebKitWebDriver", f"--port={port}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={
                **os.environ,
                "DISPLAY": display,
                "GDK_BACKEND": "x11",
                "NO_AT_BRIDGE": "1",
                "HOME": str(folder),
            },
        )
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2 * TIMEOUT)
        options = {"binary": path, "args": ["--automation"]}
        asked = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options, "timeouts": TIMEOUTS}}}

        def begun() -> Any:
            with contextlib.suppress(ConnectionRefusedError):
                return self._send("POST", "/session", asked)

        self.session = wait_for(begun, TIMEOUT, lambda: "WebKit did not start")["sessionId"]

    def _send(self, method: str, path: str, parameters: dict[str, Any] | None = None) -> Any:
        body = None if parameters is None else json.dumps(parameters)
        try:
            self.connection.request(method, path, body, {"Content-Type": "application/json"})
            value = json.loads(self.connection.getresponse().read())["value"]
        except OSError:
            self.connection.close()  # or it takes no other request
            raise
        if isinstance(value, dict) and "error" in value:
            raise DriverError(value["error"], value.get("message", ""))
        return value

    def command(self, name: str, parameters: dict[str, Any]) -> Any:
        """Send a command."""
        method, path, _ = WIRE[name]
        body = parameters if method == "POST" else None
        return self._send(method, f"/session/{self.session}/{path.format(**parameters)}", body)

    def resize(self, width: int, height: int) -> None:
        """Resize the window; it is higher than the page by its bars."""
        told = self.command("script", {"script": "return outerHeight - innerHeight", "args": []})
        self.command("size", {"width": width, "height": height + told})

    def console(self) -> list[str]:
        """Refuse: WebKitGTK tells its console to nobody, the sessions that it drives being private ones."""
        raise NotImplementedError

    def close(self) -> None:
        """End the browser and its screen."""
        with contextlib.suppress(DriverError, OSError):
            self._send("DELETE", f"/session/{self.session}")
        self.connection.close()
        end(self.process)
        end(self.screen)


# The buttons of the browser's own bar would make its window 447 px wide, or more.
NARROW = """
* { min-width: 0; padding: 0; margin: 0; border-width: 0; font-size: 1px; -gtk-icon-transform: scale(0.1); }
"""


def virtual_screen() -> tuple[subprocess.Popen[bytes], str]:
    """Start an X server that draws into memory; return it and its name."""
    read, write = os.pipe()
    process = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x1200x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with open(read, "rb") as told:
        return process, f":{told.readline().decode().strip()}"


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process of ours, and wait until it has."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def launched_engine(name: str) -> Iterator[Driver]:
    """Start the Firefox or the WebKit of this machine, without a window on the screen; end it afterwards."""
    path = {"firefox": find_firefox, "webkit": find_webkit}[name]()
    if path is None:
        raise FileNotFoundError(
            f"There is no {name} that can be driven. Run: python tools/find_browser.py --install"
        )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        start: Callable[[str, Path], Driver] = Marionette if name == "firefox" else WebKitDriver
        browser = start(path, Path(folder))
        try:
            yield browser
        finally:
            browser.close()


# --- pages ---------------------------------------------------------------------------------------

# What a locator means: it begins with the document, and each step narrows it.
FIND = """
const seen = element => {
  const { width, height } = element.getBoundingClientRect();
  const shown = element.checkVisibility?.() ?? true;
  return shown && width > 0 && height > 0 && getComputedStyle(element).visibility === "visible";
};
const squeeze = text => (text ?? "").replace(/\\s+/g, " ").trim();
const matches = (text, [kind, wanted, flags]) =>
  kind === "pattern" ? new RegExp(wanted, flags).test(text)
  : kind === "exact" ? squeeze(text) === squeeze(wanted)
  : squeeze(text).toLowerCase().includes(squeeze(wanted).toLowerCase());
const ROLES = {
  button: "button, [role=button], input[type=button]",
  checkbox: "input[type=checkbox]",
  heading: "h1, h2, h3, h4, h5, h6",
  link: "a[href]",
  option: "[role=option]",
  searchbox: "input[type=search]",
  status: "[role=status]",
};
const labels = element => [...element.labels ?? []].map(label => label.innerText).join(" ");
const nameOf = element => element.ariaLabel || element.innerText || labels(element) || element.title;
const steps = {
  css: (found, css) => found.flatMap(from => [...from.querySelectorAll(css)]),
  role: (found, role, name) =>
    steps.css(found, ROLES[role]).filter(e => seen(e) && (name === null || matches(nameOf(e), name))),
  text: (found, text) => steps.css(found, "*").filter(e => matches(e.textContent, text) &&
    ![...e.children].some(child => matches(child.textContent, text))),
  has: (found, text) => found.filter(e => matches(e.textContent, text)),
  nth: (found, number) => found.slice(number, number + 1 || undefined),
};
const find = locator =>
  [...new Set(locator.reduce((found, [kind, ...how]) => steps[kind](found, ...how), [document]))];
"""


def wanted(text: str | re.Pattern[str], exact: bool = False) -> list[str]:
    """Return how the browser is told of a text that is looked for."""
    if isinstance(text, str):
        return ["exact" if exact else "part", text]
    return ["pattern", text.pattern, "i" if text.flags & re.IGNORECASE else ""]


class Locator:
    """Elements of a page, looked for again each time they are used."""

    def __init__(self, page: Page, steps: list[list[Any]]) -> None:
        self.page = page
        self.steps = steps

    def _then(self, *step: Any) -> Locator:
        return Locator(self.page, [*self.steps, list(step)])

    def locator(self, css: str) -> Locator:
        """Return what a CSS selector finds inside."""
        return self._then("css", css)

    def get_by_role(
        self, role: str, *, name: str | re.Pattern[str] | None = None, exact: bool = False
    ) -> Locator:
        """Return the visible elements of a role, with this name."""
        return self._then("role", role, None if name is None else wanted(name, exact))

    def get_by_text(self, text: str | re.Pattern[str], *, exact: bool = False) -> Locator:
        """Return the innermost elements with a text."""
        return self._then("text", wanted(text, exact))

    def filter(self, *, has_text: str | re.Pattern[str]) -> Locator:
        """Return those with a text."""
        return self._then("has", wanted(has_text))

    def nth(self, number: int) -> Locator:
        """Return the one with this number, from 0; -1 is the last."""
        return self._then("nth", number)

    @property
    def first(self) -> Locator:
        """Return the first."""
        return self.nth(0)

    @property
    def last(self) -> Locator:
        """Return the last."""
        return self.nth(-1)

    def _ask(self, script: str, argument: Any = None) -> Any:
        return self.page.ask(f"{FIND}\nconst found = find(args[0]);\n{script}", self.steps, argument)

    def _one(self, script: str, argument: Any = None, timeout: float | None = None) -> Any:
        """Wait for the one element, and return what a script says of it."""
        seconds = self.page.timeout if timeout is None else timeout / 1000

        def told() -> Any:
            answer = self._ask(
                f"if (found.length !== 1) return [found.length];\nconst [element] = found;\n{script}",
                argument,
            )
            if isinstance(answer, list) and answer and answer[0] not in (0, None):
                raise AssertionError(f"{answer[0]} elements are {self.steps}")
            return answer if isinstance(answer, dict) else None

        return wait_for(told, seconds, lambda: f"no element is {self.steps}")["value"]

    def count(self) -> int:
        """Return how many there are now."""
        return int(self._ask("return found.length"))

    def all(self) -> list[Locator]:
        """Return each of those that are there now."""
        return [self.nth(number) for number in range(self.count())]

    def evaluate(self, function: str, argument: Any = None) -> Any:
        """Call a function of JavaScript with the element."""
        return self._one(f"return {{ value: await ({function})(element, args[1]) }}", argument)

    def evaluate_all(self, function: str, argument: Any = None) -> Any:
        """Call a function of JavaScript with all elements that are there now."""
        return self._ask(f"return await ({function})(found, args[1])", argument)

    def get_attribute(self, name: str) -> str | None:
        """Return an attribute's value."""
        found = self.evaluate("(element, name) => element.getAttribute(name)", name)
        return None if found is None else str(found)

    def inner_text(self) -> str:
        """Return the text that is seen."""
        return str(self.evaluate("element => element.innerText"))

    def text_content(self) -> str:
        """Return the text, also what is not seen."""
        return str(self.evaluate("element => element.textContent"))

    def all_inner_texts(self) -> list[str]:
        """Return the text of each."""
        return [str(text) for text in self.evaluate_all("found => found.map(element => element.innerText)")]

    def is_visible(self) -> bool:
        """Return whether it can be seen now."""
        return bool(self._ask("return found.some(seen)"))

    def wait_for(self, *, state: str = "visible", timeout: float | None = None) -> None:
        """Wait until it is visible, attached, hidden or detached."""
        tests = {
            "visible": "found.some(seen)",
            "attached": "found.length > 0",
            "hidden": "!found.some(seen)",
            "detached": "found.length === 0",
        }
        seconds = self.page.timeout if timeout is None else timeout / 1000
        wait_for(lambda: self._ask(f"return {tests[state]}"), seconds, lambda: f"not {state}: {self.steps}")

    def click(self) -> None:
        """Click on its middle, as soon as it is there and nothing covers it."""
        self.wait_for()

        def clicked() -> bool:
            # Below a bar that stays at the edge of the window WebDriver would not hit it.
            element = self._one("element.scrollIntoView({ block: 'center' });\nreturn { value: { element } }")
            try:
                self.page.driver.command("click", {"id": element["element"][ELEMENT]})
            except DriverError as error:
                if error.kind not in NOT_YET:
                    raise
                return False
            return True

        wait_for(clicked, self.page.timeout, lambda: f"cannot be clicked: {self.steps}")

    def focus(self) -> None:
        """Give it the keyboard."""
        self.evaluate("element => element.focus()")

    def press(self, keys: str) -> None:
        """Press keys in it."""
        self.focus()
        self.page.keyboard.press(keys)


class Keyboard:
    """The keyboard of a page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def _perform(self, steps: list[tuple[str, str]]) -> None:
        actions = [{"type": kind, "value": value} for kind, value in steps]
        self.page.driver.command(
            "actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]}
        )

    def press(self, keys: str) -> None:
        """Press keys together: ``ControlOrMeta+a``."""
        values = [KEYS.get(key, key) for key in keys.split("+")]
        self._perform(
            [*(("keyDown", value) for value in values), *(("keyUp", value) for value in reversed(values))]
        )

    def type(self, text: str) -> None:
        """Press a key for each letter."""
        self._perform([step for letter in text for step in (("keyDown", letter), ("keyUp", letter))])

    def insert_text(self, text: str) -> None:
        """Put text where the cursor is, without a key for each letter."""
        self.page.evaluate("text => document.execCommand('insertText', false, text)", text)


class Page:
    """The one window of a browser."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.timeout = TIMEOUT
        self.keyboard = Keyboard(self)

    def ask(self, script: str, *arguments: Any) -> Any:
        """Run the body of an async function; ``args`` are the arguments."""
        whole = f"const args = [...arguments];\nreturn (async () => {{ {script} }})();"
        return self.driver.command("script", {"script": whole, "args": list(arguments), "sandbox": None})

    def goto(self, address: str) -> None:
        """Open an address, and wait until it has loaded."""
        self.driver.command("open", {"url": address})

    def reload(self) -> None:
        """Load the page again."""
        self.driver.command("reload", {})

    @property
    def url(self) -> str:
        """Return the address."""
        return str(self.driver.command("address", {}))

    def set_viewport_size(self, size: dict[str, int]) -> None:
        """Give the page this many pixels, and wait until it has them."""
        self.driver.resize(size["width"], size["height"])
        self.wait_for_function(
            "({ width, height }) => innerWidth === width && innerHeight === height", arg=size
        )

    def evaluate(self, expression: str, argument: Any = None) -> Any:
        """Return an expression's value; if that is a function, what it returns."""
        return self.ask(
            f"const it = ({expression}); return typeof it === 'function' ? it(args[0]) : it", argument
        )

    def wait_for_function(self, expression: str, *, arg: Any = None, timeout: float | None = None) -> None:
        """Wait until a function returns a true value. Timeout in ms."""
        seconds = self.timeout if timeout is None else timeout / 1000
        wait_for(lambda: self.evaluate(expression, arg), seconds, lambda: f"never true: {expression}, {arg}")

    def locator(self, css: str) -> Locator:
        """Return what a CSS selector finds."""
        return Locator(self, []).locator(css)

    def get_by_role(
        self, role: str, *, name: str | re.Pattern[str] | None = None, exact: bool = False
    ) -> Locator:
        """Return the visible elements of a role, with this name."""
        return Locator(self, []).get_by_role(role, name=name, exact=exact)

    def get_by_text(self, text: str | re.Pattern[str], *, exact: bool = False) -> Locator:
        """Return the innermost elements with a text."""
        return Locator(self, []).get_by_text(text, exact=exact)

    def is_closed(self) -> bool:
        """Return False: the window stays open."""
        return False

    def screenshot(self, *, path: Path) -> None:
        """Save what is seen."""
        path.write_bytes(base64.b64decode(self.driver.command("screenshot", {"full": False, "hash": False})))
