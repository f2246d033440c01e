"""The reference says what the Pythons of this machine say: names, signatures, versions."""

import json
import re
import subprocess
import tomllib

import pytest

from book.extension.reference import DATA
from tools.running import interpreters

PROBE = '''
import importlib, inspect, json, sys

def find(name):
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:end]))
        except ImportError:
            continue
        for part in parts[end:]:
            found = getattr(found, part)
        return found
    raise AttributeError(name)

def look(name):
    try:
        thing = find(name)
    except AttributeError:
        return {"there": False}
    try:
        signature = inspect.signature(thing)
    except (TypeError, ValueError):
        return {"there": True, "signature": None}
    kept = [p.replace(annotation=p.empty) for p in signature.parameters.values() if p.name != "self"]
    signature = signature.replace(parameters=kept, return_annotation=signature.empty)
    return {"there": True, "signature": str(signature)}

import warnings
warnings.simplefilter("ignore")
print(json.dumps({name: look(name) for name in json.load(sys.stdin)}))
'''
PYTHONS = [pytest.param(python, id=python.tag) for python in interpreters()]


def release(version):
    return tuple(map(int, version.split(".")))


def entries():
    """Every entry with a name, with its file and the version of its group, if it has one."""
    for source in sorted(DATA.glob("*.toml")):
        data = tomllib.loads(source.read_text(encoding="utf8"))
        for section in data.get("section", []):
            yield from ((source.stem, None, entry) for entry in section["entry"])
        for group in data.get("release", []):
            named = [change for change in group["change"] if "name" in change]
            yield from ((source.stem, group["version"], change) for change in named)


def importable(name):
    """The name by which Python finds it: `asyncio.loop` stands for the class of loops."""
    return name.replace("asyncio.loop.", "asyncio.BaseEventLoop.")


def without_slash(signature):
    """Where an argument must stay nameless is not shown to readers."""
    return re.sub(r"(?<=[(, ])/(, |(?=\)))", "", signature).replace(", )", ")")


@pytest.fixture(scope="module")
def seen():
    """What a Python says about all the names, asked once."""
    names = sorted({importable(entry["name"]) for _, _, entry in entries()})
    answers = {}

    def ask(python):
        if python.path not in answers:
            done = subprocess.run(
                [python.path, "-c", PROBE],
                input=json.dumps(names), capture_output=True, text=True, check=True,
            )
            answers[python.path] = json.loads(done.stdout)
        return answers[python.path]

    return ask


@pytest.mark.parametrize("python", PYTHONS)
def test_every_name_is_there_from_the_version_that_adds_it(seen, python):
    """And not before; what was removed is gone."""
    wrong = []
    for source, version, entry in entries():
        there = seen(python)[importable(entry["name"])]["there"]
        added = entry.get("added", version or "3.8")
        expected = python.release >= release(added)
        if entry.get("kind") == "removed":
            expected = not expected
        if there != expected:
            wrong.append(f"{source}: {entry['name']} on {python.tag}: there={there}, expected {expected}")
    assert wrong == []


@pytest.mark.parametrize("python", PYTHONS)
def test_every_signature_is_the_one_of_this_version(seen, python):
    """What is shown, or what the entry says that `inspect` gives from a version on."""
    wrong = []
    for source, _, entry in entries():
        found = seen(python)[importable(entry["name"])]
        if "signature" not in entry or not found["there"] or found["signature"] is None:
            continue
        older = {release(version): given for version, given in entry.get("inspect", {}).items()}
        reached = [version for version in older if version <= python.release]
        expected = older[max(reached)] if reached else entry["signature"]
        # A version whose inspect gives nothing may give the signature in a later patch release.
        expected = expected or entry["signature"]
        if without_slash(found["signature"]) != expected:
            difference = f"{found['signature']}, expected {expected}"
            wrong.append(f"{source}: {entry['name']} on {python.tag}: {difference}")
    assert wrong == []


@pytest.mark.parametrize("python", PYTHONS)
def test_where_inspect_gives_nothing_the_entry_says_so(seen, python):
    """`inspect = { "3.14" = false }`: no signature goes unchecked in silence."""
    silent = []
    for source, _, entry in entries():
        found = seen(python)[importable(entry["name"])]
        if "signature" not in entry or not found["there"] or found["signature"] is not None:
            continue
        older = {release(version): given for version, given in entry.get("inspect", {}).items()}
        reached = [version for version in older if version <= python.release]
        if not reached or older[max(reached)] is not False:
            silent.append(f"{source}: {entry['name']} on {python.tag}")
    assert silent == []


def test_a_shown_signature_that_differs_from_the_newest_says_why():
    """Readers see what they may pass; the data says why inspect shows something else."""
    for source, _, entry in entries():
        given = list(entry.get("inspect", {}).values())
        if given and given[-1] and given[-1] != entry["signature"]:
            assert "why" in entry, (source, entry["name"])


def test_there_are_enough_entries():
    """The three tables of names have not shrunk by accident."""
    assert sum(1 for _ in entries()) > 130
