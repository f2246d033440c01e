"""The end of a build: its steps are called in their order, and an error says which one failed."""

from types import SimpleNamespace

import pytest
from sphinx.errors import ExtensionError

from book.extension import build_order, offline

APP = SimpleNamespace(builder=SimpleNamespace(format="html"))


@pytest.fixture
def called(monkeypatch):
    """Two steps that say when they are called, and a third that fails between them."""
    calls = []

    def first(app):
        calls.append("first")

    def fails(app):
        raise FileNotFoundError("no worker")

    def last(app):
        calls.append("last")

    monkeypatch.setattr(build_order, "FINISH", (first, fails, last))
    return calls


def test_an_error_says_in_which_step_and_ends_the_build(called):
    """What failed, why, and nothing after it."""
    with pytest.raises(ExtensionError, match=r"test_build_order\.fails, a step at the end.*no worker"):
        build_order.finish(APP, None)
    assert called == ["first"]


def test_a_failed_build_has_no_last_steps(called):
    """They would hide the error behind another."""
    build_order.finish(APP, ValueError("a page"))
    assert called == []


def test_the_list_of_files_is_made_last():
    """It has the hash of every file of the site."""
    assert build_order.FINISH[-1] is offline.write_offline
    assert len(set(build_order.FINISH)) == len(build_order.FINISH)
