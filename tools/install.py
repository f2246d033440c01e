"""Install what a lock lists: with uv, which takes seconds; where uv cannot, with pip, as before.

pip installs uv, by the hashes that requirements.txt has for it. This runs when nothing else is
installed yet, so it imports the standard library alone.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
UV = Path(sys.executable).with_name("uv")
SITE_LOCK = Path(__file__).parents[1] / "requirements.txt"
#: What pip may be told of a mirror, and what uv calls it.
SETTINGS = {"index-url": "UV_DEFAULT_INDEX", "extra-index-url": "UV_INDEX", "cert": "SSL_CERT_FILE"}
INDEXES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_CONFIG_FILE")


def entry_of(package: str, lock: str) -> str:
    """Return the lines of a lock that pin ``package``, with its hashes."""
    found = re.search(rf"^{re.escape(package)}==(?:.*\\\n)*.*\n", lock, re.MULTILINE)
    if not found:
        raise SystemExit(f"The lock does not list {package}. `make lock` writes it.")
    return found[0]


def have_uv() -> None:
    """Install the uv that the site's lock pins, unless it is there."""
    entry = entry_of("uv", SITE_LOCK.read_text(encoding="utf8"))
    version = entry.split()[0].removeprefix("uv==")
    if UV.exists() and subprocess.check_output([UV, "--version"], text=True).split()[1] == version:
        return
    with tempfile.TemporaryDirectory() as folder:
        requirements = Path(folder) / "uv.txt"
        requirements.write_text(entry, encoding="utf8")
        subprocess.run(
            [*PIP, "install", "--quiet", "--no-deps", "--require-hashes", "-r", requirements], check=True
        )


def settings_for_uv(pip_config: str) -> dict[str, str]:
    """Return environment variables that tell uv of the mirror that ``pip config list`` tells of."""
    told = {}
    for scope in ("global", "install", ":env:"):  # the later wins, as with pip
        for name, value in re.findall(rf"^{scope}\.([\w-]+)=(.*)$", pip_config, re.MULTILINE):
            if name in SETTINGS:
                told[SETTINGS[name]] = " ".join(str(ast.literal_eval(value)).split())
    return told


def uv_environment() -> dict[str, str]:
    """Return the environment for uv: what it is told itself comes before what pip is told."""
    if any(name in os.environ for name in INDEXES):
        return dict(os.environ)
    pip_config = subprocess.run([*PIP, "config", "list"], capture_output=True, text=True).stdout
    # pip takes the version that is asked for wherever it is; so may uv, because the hashes decide.
    return {"UV_INDEX_STRATEGY": "unsafe-best-match", **settings_for_uv(pip_config), **os.environ}


def install(lock: Path, python: str) -> None:
    """Install what ``lock`` lists for ``python``."""
    have_uv()
    done = subprocess.run(
        [UV, "pip", "install", "--quiet", "--require-hashes", "--python", python, "-r", lock],
        env=uv_environment(),
    )
    if done.returncode:
        print("uv could not install this (see above); pip tries.", file=sys.stderr, flush=True)
        subprocess.run(
            [*PIP, "--python", python, "install", "--quiet", "--require-hashes", "-r", lock], check=True
        )


def main() -> None:
    """Read the command line: ``install.py LOCK [--python PYTHON]``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lock", type=Path)
    parser.add_argument("--python", default=sys.executable, help="install for this one (default: itself)")
    arguments = parser.parse_args()
    try:
        install(arguments.lock, arguments.python)
    except subprocess.CalledProcessError as error:
        raise SystemExit(error.returncode) from None  # it has said why


if __name__ == "__main__":
    main()
