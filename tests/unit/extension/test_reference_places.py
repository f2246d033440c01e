"""Each entry links to a place where its name is in code that runs: a cell, or a script with its recording."""

import ast
import re
import tomllib
from functools import cache

import pytest

from book.examples.scripts import ROOT, SCRIPTS, part_of
from book.extension.reference import DATA

# Entries without a runnable place of their own, and why.
EXCEPTIONS = {
    "asyncio.StreamWriter.start_tls": "needs a certificate, which the standard library cannot make",
}


def entries():
    """Each entry with the page and the heading that it links to."""
    for source in sorted(DATA.glob("*.toml")):
        for section in tomllib.loads(source.read_text(encoding="utf8")).get("section", []):
            for entry in section["entry"]:
                page, _, anchor = entry["guide"].partition("#")
                page = page or f"reference/{source.stem}.md"
                yield pytest.param(entry["name"], page, anchor, id=entry["name"])


def anchor_of(heading):
    """What MyST makes of a heading."""
    text = re.sub(r"\{\w+\}`([^`<]*?)(?: <[^`]*>)?`", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text).lower()).replace(" ", "-")


@cache
def sections(page):
    """By anchor: the section with its subsections, as (code that the reader sees, scripts, text)."""
    found, around, lines = {}, [], iter((ROOT / page).read_text(encoding="utf8").splitlines())
    for line in lines:
        if heading := re.match(r"(#+) (.*)", line):
            around = [(level, names) for level, names in around if level < len(heading[1])]
            here = found.setdefault(anchor_of(heading[2]), ([], [], []))
            around.append((len(heading[1]), here))
        fence = re.match(r"(`{3,})\{([\w-]+)\} *(.*)", line)
        body = []
        if fence:
            for inner in lines:
                if inner.strip() == fence[1]:
                    break
                body.append(inner)
        for _, (shown, scripts, text) in around:
            text.append(line)
            if fence and fence[2] == "code-cell":
                shown.append("\n".join(inner for inner in body if not inner.startswith(":")))
            if fence and fence[2] == "script":
                source = (SCRIPTS / fence[3]).read_text(encoding="utf8")
                part = next((inner.split()[1] for inner in body if inner.startswith(":part:")), None)
                shown.append(part_of(source, part) if part else source)
                scripts.append(source)
    return found


def names_in(code):
    """Names that Python code uses: `run`, `.run` after a dot, and words it asks for with getattr."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Name(id=name):
                found.add(name)
            case ast.Attribute(attr=name):
                found.add(f".{name}")
            case ast.alias(name=name):
                found.add(name.rpartition(".")[2])
            case ast.Constant(value=str(name)):
                found.add(f".{name}")
    return found


def uses(code, name):
    """Whether code uses it; a method only after a dot."""
    *_, owner, last = name.split(".")
    found = names_in(code)
    is_method = owner[0].isupper() or owner == "loop"
    return f".{last}" in found or (not is_method and last in found)


@pytest.mark.parametrize(("name", "page", "anchor"), list(entries()))
def test_the_linked_section_runs_it(name, page, anchor):
    """In code that it shows; or in a script of which it shows a part, if the text names it."""
    shown, scripts, text = sections(page)[anchor]
    in_view = any(uses(code, name) for code in shown)
    named = name.rpartition(".")[2] in "\n".join(text)
    found = in_view or (named and any(uses(code, name) for code in scripts))
    if name in EXCEPTIONS:
        assert not found, f"{name} is no exception any more"
    else:
        assert found, f"{page}#{anchor} does not run {name}: link to another place, or add it to one"
