"""What a page shows of an exception. `errors.test.ts` has what depends on the reader's Python."""

import linecache
import re
import sys
import traceback

import pytest
from overlap_page.errors import (
    MAX_DEPTH,
    MAX_TREE,
    describe,
    in_words,
    is_not_tokenized,
    package_of,
    walk_readers_stack,
)


def error_of_cell(number, source, **names):
    """Run source as the code of a cell; return its exception."""
    name = f"cell {number}"
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    try:
        exec(compile(source, name, "exec"), names)
    except BaseException as error:
        return error
    finally:
        del linecache.cache[name]
    raise AssertionError("nothing was raised")


def test_of_an_endless_message_the_beginning_and_the_end_are_shown():
    """Its middle would hold up the page."""
    error = describe(error_of_cell(1, "raise ValueError('a' + 9_000_000 * 'b' + 'c')"))
    assert re.search(r"ValueError: ab+\n… 8,9\d\d,\d{3} characters not shown …\nb+c\n$", error["text"])
    assert len(error["text"]) + len(error["message"]) < 300_000


def test_an_exception_whose_text_cannot_be_made_is_still_described():
    """The page shows what kind it is."""
    source = "class Bad(Exception):\n    def __str__(self):\n        raise ValueError\nraise Bad"
    error = describe(error_of_cell(5, source, __name__="__main__"))
    assert error["type"] == "Bad"
    assert error["message"] == "(its text cannot be made)"


def test_hidden_frames_are_listed_with_commas():
    """Each library once."""
    assert [in_words(names) for names in (["a"], ["a", "b"], ["a", "b", "c"])] == [
        "a",
        "a and b",
        "a, b and c",
    ]


@pytest.mark.parametrize(
    ("filename", "package"),
    [
        ("/lib/python3.14/asyncio/tasks.py", "asyncio"),
        ("/lib/python314.zip/json/decoder.py", "json"),
        ("/lib/python3.14/site-packages/IPython/core/interactiveshell.py", "IPython"),
        ("/lib/python3.14/site-packages/overlap_page/event_loop.py", "overlap_page"),
        ("<frozen importlib._bootstrap>", "<frozen importlib._bootstrap>"),
    ],
)
def test_a_frame_belongs_to_a_library(filename, package):
    """The folder below Python's own, or below site-packages."""
    assert package_of(filename) == package


def test_a_place_is_a_cell_and_a_line():
    """From the outermost call to where it was raised."""

    def library():
        raise LookupError("gone")

    error = describe(error_of_cell(3, "def call():\n    library()\n\ncall()", library=library))
    assert error["frames"] == [{"cell": "3", "line": 4}, {"cell": "3", "line": 2}]
    assert error["text"].splitlines()[-1] == "LookupError: gone"
    assert error["tree"] is None
    assert error["all"] == [{"type": "LookupError", "message": "gone"}]


def test_a_group_is_a_tree_with_the_place_of_each():
    """Members, and what each came from: a stated cause, or what was being handled."""
    source = """\
def fail(number):
    try:
        raise KeyError(number)
    except KeyError as error:
        if number == 1:
            raise ValueError("stated") from error
        raise ValueError("not stated")
errors = []
for number in (1, 2):
    try:
        fail(number)
    except ValueError as error:
        errors.append(error)
raise ExceptionGroup("several", errors)
"""
    error = describe(error_of_cell(4, source))
    tree = error["tree"]
    assert (tree["message"], tree["cell"], tree["line"], tree["leftOut"]) == ("several", "4", 14, 0)
    assert [(m["message"], m["line"], m["stated"]) for m in tree["members"]] == [
        ("stated", 6, True),
        ("not stated", 7, False),
    ]
    assert [(m["because"]["type"], m["because"]["line"]) for m in tree["members"]] == [("KeyError", 3)] * 2
    assert [each["type"] for each in error["all"]] == [
        "ExceptionGroup",
        "ValueError",
        "ValueError",
        "KeyError",
        "KeyError",
    ]


def test_a_tree_has_an_end():
    """So many exceptions, and so deep."""
    wide = describe(ExceptionGroup("wide", [ValueError(i) for i in range(MAX_TREE + 50)]))
    assert len(wide["tree"]["members"]) == MAX_TREE
    assert wide["tree"]["leftOut"] == 50
    assert len(wide["all"]) == MAX_TREE
    group = ValueError("the deepest")
    for _ in range(MAX_DEPTH * 2):
        group = ExceptionGroup("deep", [group])
    node, depth = describe(group)["tree"], 0
    while node["members"]:
        node, depth = node["members"][0], depth + 1
    assert (depth, node["leftOut"]) == (MAX_DEPTH, 1)


def test_a_cause_that_leads_back_is_shown_once():
    """Python allows such rings."""
    error = ExceptionGroup("ring", [ValueError("inside")])
    error.exceptions[0].__cause__ = error
    assert describe(error)["tree"]["members"][0]["because"] is None


def test_an_error_of_text_that_has_no_name_yet():
    """IPython finds some before it compiles a cell, and calls the file `<string>`."""

    def caught(name):
        try:
            compile("if 1:\n\tx\n        y", name, "exec")
        except SyntaxError as error:
            return error

    assert is_not_tokenized(caught("<string>"))
    assert not is_not_tokenized(caught("cell 1"))
    assert not is_not_tokenized(ValueError())
    assert not is_not_tokenized(error_of_cell(1, "compile('(', '<string>', 'exec')"))


def test_a_stack_is_walked_up_to_the_cell():
    """Innermost first, as `traceback.walk_stack` does; all of it where no cell is."""
    names = {"frames": walk_readers_stack, "where": []}
    code = (
        "def inner():\n    where.extend((f.f_code.co_name, line) for f, line in frames(None))\n"
        "def outer():\n    inner()\nouter()"
    )
    exec(compile(code, "cell 1", "exec"), names)
    assert names["where"] == [("inner", 2), ("outer", 4), ("<module>", 5)]
    frame = sys._getframe()
    assert list(walk_readers_stack(frame)) == list(traceback.walk_stack(frame))
