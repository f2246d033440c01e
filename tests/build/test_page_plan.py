"""A page's plan: its cells, read once."""

from overlap_contract import CELL_STATES, MATCHES

from book.extension.page_plan import read_plan

PAGE = """---
jupytext: {text_representation: {extension: .md, format_name: myst}}
---
# Title

```{code-cell} python
async def main():
    return 1
```

```{code-cell} python
:tags: [remove-input, skip-in-page]
print("drawn at build")
```

Prose.

```{stepper} main
```

```{code-cell} python
:tags: [raises-exception]

await main()
```
"""


def plan():
    text, found, problems = read_plan(PAGE)
    assert problems == []
    return text, found


def test_cells_are_in_order_with_their_numbers():
    """Prose is a cell, too; what is drawn at build has no number."""
    _, found = plan()
    assert [cell.kind for cell in found.cells] == ["markdown", "code", "code", "markdown", "code", "code"]
    assert [cell.number for cell in found.code] == [1, None, 2, 3]


def test_a_view_is_a_cell_that_is_executed_in_one_line():
    """So that lines below keep their numbers; readers see the call as one writes it."""
    text, found = plan()
    view = found.code[2]
    assert view.source == "from overlap_trace import record_steps\n\nrecord_steps(main)"
    assert view.executed == "from overlap_trace import record_steps; record_steps(main)"
    assert view.program == 1
    assert len(text.splitlines()) == len(PAGE.splitlines())


def test_a_cell_knows_its_line_and_what_it_needs():
    """The line is that of the code, below the cell's options."""
    _, found = plan()
    last = found.code[3]
    assert PAGE.splitlines()[last.line - 1] == "await main()"
    assert (last.needs.cells, last.needs.names) == ([1], {"main": 1})


def test_matches_and_states_are_those_of_the_contract():
    """The runner knows no others."""
    _, found = plan()
    assert {cell.match for cell in found.code} == {MATCHES.exact, MATCHES.error}
    assert CELL_STATES.idle == "idle"
