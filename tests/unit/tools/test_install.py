"""Set-up: which uv, from where, and what happens where uv cannot install."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import install

PIP_CONFIG = """\
:env:.cert='/etc/ours.pem'
:env:.disable-pip-version-check='1'
global.extra-index-url='\\nhttps://one.test/simple\\nhttps://two.test/simple'
global.index-url='https://global.test/simple'
install.index-url='https://install.test/simple'
"""


def test_uv_is_installed_by_the_hashes_of_the_lock():
    entry = install.entry_of("uv", install.SITE_LOCK.read_text(encoding="utf8"))
    lines = entry.splitlines()
    assert lines[0].startswith("uv==")
    assert len(lines) > 10
    assert all(line.strip().startswith("--hash=sha256:") for line in lines[1:])
    assert not lines[-1].endswith("\\")


def test_a_lock_without_the_package_says_what_writes_it():
    with pytest.raises(SystemExit, match="make lock"):
        install.entry_of("uv", "uvloop==1.0 \\\n    --hash=sha256:00\n")


def test_uv_is_told_of_the_mirror_that_pip_is_told_of():
    assert install.settings_for_uv(PIP_CONFIG) == {
        "UV_DEFAULT_INDEX": "https://install.test/simple",
        "UV_INDEX": "https://one.test/simple https://two.test/simple",
        "SSL_CERT_FILE": "/etc/ours.pem",
    }


@pytest.mark.parametrize("name", install.INDEXES)
def test_what_uv_is_told_itself_comes_first(monkeypatch, name):
    monkeypatch.setenv("PIP_INDEX_URL", "https://pip.test/simple")
    monkeypatch.setenv(name, "https://uv.test/simple")
    assert install.uv_environment() == dict(os.environ)


def test_an_index_of_pip_reaches_uv(monkeypatch):
    for name in install.INDEXES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", "https://pip.test/simple")
    assert install.uv_environment()["UV_DEFAULT_INDEX"] == "https://pip.test/simple"


def test_pip_installs_where_uv_cannot(monkeypatch, tmp_path, capsys):
    lock = tmp_path / "lock.txt"
    lock.write_text("nothing-here==1.0\n", encoding="utf8")
    calls = []

    def run(command, **options):
        calls.append([str(part) for part in command])
        return subprocess.CompletedProcess(command, returncode=int(command[0] == install.UV))

    monkeypatch.setattr(install, "have_uv", lambda: None)
    monkeypatch.setattr(install, "uv_environment", dict)
    monkeypatch.setattr(subprocess, "run", run)
    install.install(Path(lock), "/there/bin/python")
    by_uv, by_pip = calls
    assert by_uv[0] == str(install.UV)
    assert by_pip[:3] == [sys.executable, "-m", "pip"]
    for call in calls:
        assert "--require-hashes" in call
        assert call[call.index("--python") + 1] == "/there/bin/python"
        assert str(lock) in call
    assert "pip tries" in capsys.readouterr().err
