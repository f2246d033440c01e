"""The Python that runs inside the reader's kernel, beside the reader's own.

Importing a module of this package changes nothing: JupyterLite has it in its lock file, and keeps
Pyodide's kernel as it is. A page's worker calls `kernel.install`.

- `kernel`: what the page changes in JupyterLite's kernel, and the object that the worker talks to
- `page`: what the worker offers to that object
- `streams`: `sys.stdout`, `sys.stderr` and `sys.stdin`, with a limit to what one run prints
- `errors`: exceptions as the page shows them
- `interrupts`: Stop, while Python computes or sleeps
- `top_level_await`: finds `asyncio.run(x)` at the top level of a cell, which is awaited there
- `asyncio_run`: what is awaited: `asyncio.run`, `Runner` and `run_until_complete`, step by step CPython's
- `going_on`: tasks that go on after their cell has ended
- `event_loop`: Pyodide's event loop with the turns of CPython's
- `cell_analysis`: what a cell defines and needs; the build imports this module, too
- `renew`: what makes a kernel that starts from the snapshot one of its own

`asyncio_run`, `cell_analysis`, `errors`, `going_on`, `interrupts`, `streams` and
`top_level_await` need no Pyodide.
May import `overlap_contract` and `overlap_trace`.
"""

__version__ = "1.0.0"
