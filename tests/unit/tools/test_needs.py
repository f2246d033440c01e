"""What a script needs of the machine is looked for where the script looks, or its tests are skipped."""

import pytest

from book.examples.scripts import Script, all_scripts
from tools import running
from tools.running import is_here, lacking


@pytest.fixture(autouse=True)
def asked_anew():
    is_here.cache_clear()
    yield
    is_here.cache_clear()


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "queue_up.py"
    path.write_text(
        '# /// script\n# requires-python = ">=3.11"\n# [tool.overlap]\n# needs = ["Valkey or Redis"]\n# ///\n'
    )
    return path


def test_a_server_that_make_pythons_unpacked_is_found(script, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setattr(running, "UNPACKED_SERVERS", tmp_path / "bin")
    assert lacking(script) == ["Valkey or Redis"]
    is_here.cache_clear()
    server = tmp_path / "bin" / "valkey-server"
    server.parent.mkdir()
    server.write_text("#!/bin/sh\n")
    server.chmod(0o755)
    assert lacking(script) == []


def test_a_need_that_nobody_knows_is_an_error_that_says_where_to_add_it():
    with pytest.raises(ValueError, match=r"tools/running\.py"):
        is_here("Oracle")


def test_every_need_of_a_script_is_known():
    for script in all_scripts():
        assert set(lacking(script)) <= set(Script(script).header.needs)
