"""Recorded output: what a program printed, and who made it print that.

A recording is a text file that people can read:

    #: script=1f0c93ab22de python=3.13.0 build=CPython platform=Linux-x86_64 cores=2 …
    $ python worker_pool.py
    … what it printed …

Line 1 goes on with date, match rule, exit status, and a fingerprint of the output, which
shows an edit by hand. It begins with the kind of source (`script` or `cell`) and a
fingerprint of that.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, fields
from html import escape
from pathlib import Path
from typing import NoReturn

from .scripts import Script

KINDS = ("script", "cell")

# From strict to loose; each rule accepts everything that the one before it accepts.
RULES = {
    "exact": "line by line",
    "masked": "line by line, what changes from run to run masked",
    "unordered": "as masked, the lines in any order",
    "sample": "any text; the script's own test asserts what must hold",
}

# What changes from run to run without meaning anything. Keep it short: a mask can hide a
# real change. tests/unit/recording/test_masks.py has a case for each line.
VOLATILE = [
    (re.compile(r" *\b\d+(\.\d+)? (s|ms|µs)\b"), " <time>"),
    (re.compile(r" *\b\d+\.\d+x"), " <ratio>"),
    (re.compile(r"\b0x[0-9a-fA-F]{6,}\b"), "<address>"),
    (re.compile(r"\b(pid|process|thread) \d{3,}\b"), r"\1 <id>"),
    (re.compile(r"\b(ThreadPoolExecutor-\d+|Thread|worker)([-_])\d+"), r"\1\2<n>"),
    (re.compile(r"\b127\.0\.0\.1:\d+"), "127.0.0.1:<port>"),
]


class RecordingError(Exception):
    """A recording that cannot be used; the message has file, line and the fix."""


@dataclass(frozen=True)
class Recording:
    """One recorded run."""

    kind: str  # what ran: "script" or "cell"
    source: str  # fingerprint of what ran
    python: str  # "3.13.0"
    build: str  # "CPython", "CPython-free-threaded", "Pyodide-314.0.6"
    platform: str  # system and machine only: "Linux-x86_64"
    cores: int  # processors that the run could use
    date: str  # last day on which the run was made or confirmed: "2026-11-21"
    match: str  # how another run is compared with this one, a key of RULES
    exit: int  # exit status
    command: str  # "python worker_pool.py"
    text: str  # what it printed, stdout and stderr as they came
    packages: str = ""  # third-party packages that the script names: "httpx-0.28.1,tqdm-4.70.1"

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind is {self.kind!r}, must be one of {', '.join(KINDS)}")
        if self.match not in RULES:
            raise ValueError(f"match is {self.match!r}, must be one of {', '.join(RULES)}")
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "text":
                object.__setattr__(self, "text", tidy(value))
            elif field.name == "packages" and not value:
                continue
            elif not re.fullmatch(r"\S.*" if field.name == "command" else r"\S+", str(value)):
                raise ValueError(f"{field.name} is {value!r}, must be one word without spaces")

    @property
    def provenance(self) -> str:
        """Return who made this output, as a phrase for people."""
        implementation, _, variant = self.build.partition("-")
        if variant and implementation == "CPython":
            variant = f" ({variant} build)"
        elif variant:
            variant = f" in {implementation} {variant}"
            implementation = "Python"
        cores = "1 core" if self.cores == 1 else f"{self.cores} cores"
        system = self.platform.replace("-", " ", 1)
        named = [package.replace("-", " ", 1) for package in self.packages.split(",") if package]
        packages = f" with {', '.join(named)}" if named else ""
        return f"{implementation} {self.python}{variant}{packages} on {system}, {cores}, {self.date}"

    def _repr_html_(self) -> str:
        """Show the run of another Python on a page, below a cell that ends with a recording."""
        return (
            '<div class="cell-output other-python">'
            f'<p class="output-label">Recorded output · {escape(self.provenance)}</p>'
            f"<pre>$ {escape(self.command)}\n{escape(self.text)}</pre></div>"
        )

    def accepts(self, text: str) -> bool:
        """Return whether another run that printed `text` is as good as this one."""
        return comparable(self.text, self.match) == comparable(text, self.match)

    def write(self, path: Path) -> None:
        """Write the recording as a text file."""
        line = (
            f"#: {self.kind}={self.source} python={self.python} build={self.build}"
            f" platform={self.platform} cores={self.cores} date={self.date}"
            f" match={self.match} exit={self.exit} output={fingerprint_of(self.text)}"
        )
        if self.packages:
            line += f" packages={self.packages}"
        path.write_text(f"{line}\n$ {self.command}\n{self.text}", encoding="utf-8", newline="\n")

    @classmethod
    def read(cls, path: Path) -> Recording:
        """Read a recording; RecordingError says what is wrong with it and how to mend it."""

        def fail(line: int, problem: str) -> NoReturn:
            raise RecordingError(f"{path}:{line}: {problem} {how_to_record(path)}")

        if not path.exists():
            fail(1, "There is no recording.")
        try:
            content = path.read_bytes().decode("utf-8").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            fail(1, f"This is not UTF-8 text ({error.reason} at byte {error.start}).")
        first, _, rest = content.partition("\n")
        second, _, text = rest.partition("\n")
        if not first.startswith("#: "):
            fail(1, "The provenance line must begin with '#: '.")
        found: dict[str, str] = {}
        for word in first[3:].split():
            key, equals, value = word.partition("=")
            if not equals or not value or key in found:
                fail(1, f"Cannot read {word!r}: the provenance line holds key=value once per key.")
            found[key] = value
        kind = next((kind for kind in KINDS if kind in found), None)
        if kind is None:
            fail(1, "The provenance line has neither 'script=' nor 'cell='.")
        needed = {kind, "python", "build", "platform", "cores", "date", "match", "exit", "output"}
        if missing := sorted(needed - found.keys()):
            fail(1, f"The provenance line has no '{missing[0]}='.")
        if unknown := sorted(found.keys() - needed - {"packages"}):
            fail(1, f"The provenance line has an unknown key '{unknown[0]}='.")
        for key in ("cores", "exit"):
            if not re.fullmatch(r"-?\d+", found[key]):
                fail(1, f"'{key}={found[key]}' is not a whole number.")
        if not second.startswith("$ "):
            fail(2, "The second line must be the command and begin with '$ '.")
        if found.pop("output") != fingerprint_of(tidy(text)):
            fail(3, "The output was edited by hand.")
        found["source"] = found.pop(kind)
        cores, status = int(found.pop("cores")), int(found.pop("exit"))
        try:
            return cls(kind=kind, command=second[2:], text=text, cores=cores, exit=status, **found)
        except ValueError as error:
            fail(1, f"{error}.")


def tidy(text: str) -> str:
    """Return text with LF line ends, no space at the end of a line, one LF at the end."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return "".join(f"{line}\n" for line in lines)


def mask(text: str) -> str:
    """Return text with times, ids and addresses replaced."""
    for pattern, substitute in VOLATILE:
        text = pattern.sub(substitute, text)
    return text


def comparable(text: str, rule: str) -> list[str]:
    """Return the lines to compare under a match rule."""
    if rule == "sample":
        return []
    lines = tidy(text).splitlines()
    if rule != "exact":
        lines = [mask(line) for line in lines]
    return sorted(lines) if rule == "unordered" else lines


def fingerprint(path: Path) -> str:
    """Return the fingerprint of a script as it is served, and of the script that runs it; CRLF is LF."""
    files = [path, Script(path).through]
    content = "".join(Script(file).bundled for file in files if file)
    return fingerprint_of(content)


def fingerprint_of(text: str) -> str:
    """Return the fingerprint of a text, such as the source of a cell."""
    return hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest()[:12]


def recordings(script: Path) -> list[Path]:
    """Return the recordings of a script that exist: `name.out` first, then `name.3.14t.out` and so on."""
    beside = script.parent.glob(f"{script.stem}.*.out")
    return [path for path in (script.with_suffix(".out"), *sorted(beside)) if path.exists()]


def how_to_record(path: Path) -> str:
    """Return the sentence that ends every complaint about a recording (or its script)."""
    if "scripts" not in path.parts:
        return "Record it again: make record-cells"
    parts = path.parts[len(path.parts) - path.parts[::-1].index("scripts") :]
    name = "/".join((*parts[:-1], parts[-1].split(".")[0] + ".py"))
    return f"Record it again: make record SCRIPT={name}"
