"""Pages as notebooks for JupyterLite: everything a reader needs, nothing only Sphinx reads."""

import pytest

from book.examples import scripts
from book.examples.recording import Recording, fingerprint
from book.extension import features, notebook_form, page_plan
from book.extension.pages import loop_numbers

features()  # registers what directives are in a notebook

SUBSTITUTIONS = {"pyodide_python": "3.14.2", "first_run_mb": '<span class="first-run-mb">?</span>'}

PAGE = """---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {name: python3, display_name: Python 3}
---
(the-start)=
# Threads

% A note for authors.

Cells run on Python {{ pyodide_python }}. A first run downloads about {{ first_run_mb }} MB.

See {doc}`the other page <async>` and [running](../book/running.md#stop).

```{code-cell} python
:tags: [raises-exception]
print("here")
```

```{script} threads/hello.py
```

:::{checkpoint} What is `1 + 1`?
- [ ] Three.

  No, that is one more.

- [x] Two.

  Yes.
:::

:::{note}
Mind the gap.
:::
"""


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    """The page above, with one script and its recording."""
    script = tmp_path / "threads" / "hello.py"
    script.parent.mkdir()
    script.write_text("# [greet]\nprint('hello')\n# [/greet]\n", encoding="utf8")
    Recording(
        kind="script",
        source=fingerprint(script),
        python="3.13.0",
        build="CPython",
        platform="Linux-x86_64",
        cores=2,
        date="2026-11-21",
        match="exact",
        exit=0,
        command="python hello.py",
        text="hello\n",
    ).write(script.with_suffix(".out"))
    monkeypatch.setattr(scripts, "SCRIPTS", tmp_path)
    return notebook_form.page_as_notebook(page_plan.read_plan(PAGE)[1], "notebooks/threads", SUBSTITUTIONS)


def markdown(notebook):
    """All the prose of a notebook."""
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def test_code_cells_are_kept_exactly(notebook):
    """What runs in the page runs in JupyterLite, unchanged."""
    assert [c.source for c in notebook.cells if c.cell_type == "code"] == ['print("here")']


def test_kernel_is_the_one_jupyterlite_has(notebook):
    """The notebook opens without asking for a kernel."""
    assert notebook.metadata["kernelspec"]["name"] == "python"


def test_no_directive_or_role_is_left(notebook):
    """JupyterLite's Markdown knows none of Sphinx's syntax."""
    text = markdown(notebook)
    assert "{" not in text
    assert ":::" not in text
    assert "Mind the gap." in text
    assert "the other page" in text


def test_links_to_pages_open_their_notebooks(notebook):
    """A link to another page opens that page's notebook."""
    assert "(../book/running.ipynb)" in markdown(notebook)


def test_substitutions_are_made_and_labels_and_comments_gone(notebook):
    """Numbers are filled in; the one that is known only later becomes words."""
    text = markdown(notebook)
    assert "Cells run on Python 3.14.2. A first run downloads some megabytes." in text
    assert "(the-start)=" not in text
    assert "A note for authors" not in text
    assert "# Threads" in text


@pytest.mark.parametrize("folder", ["book", "concepts", "notebooks"])
def test_every_published_page_becomes_a_clean_notebook(folder):
    """The same holds for the real pages."""
    versions = ("pyodide_python", "kernel_version", "build_python", "tested_pythons")
    browsers = ("minimum_browsers", "give_back_minutes")
    names = (*versions, *browsers, "first_run_mb", "stored_mb", *loop_numbers())
    pages = sorted((scripts.ROOT / folder).glob("*.md"))
    pages = [page for page in pages if page.name != "ARCHITECTURE.md"]
    assert pages
    for page in pages:
        source = page.read_text(encoding="utf8")
        _, plan, problems = page_plan.read_plan(source)
        assert problems == []
        notebook = notebook_form.page_as_notebook(plan, f"{folder}/{page.stem}", dict.fromkeys(names, "1"))
        text = markdown(notebook)
        outside_code = "".join(text.split("```")[::2])
        assert "{script}" not in outside_code
        assert "{checkpoint}" not in outside_code
        assert "{{" not in outside_code
        assert ")=\n" not in outside_code
        assert ":::" not in outside_code
