"""What the page changes in JupyterLite's kernel once IPython has started.

JupyterLite's kernel is made for notebooks. In a page about concurrency some of its
behavior would teach falsehoods, and some would freeze the page. `install` changes it:

- `time.sleep` blocks, as in every other Python. Pyodide makes it switch stacks where the
  browser can, and then "`time.sleep` blocks the loop" looks false in some browsers.
- `asyncio.run(x)` at the top level of a cell runs as `await x`; anywhere else it raises
  what CPython raises inside a running loop. Pyodide runs it in some browsers only.
- The event loop has CPython's order and no threads (`event_loop.py`).
- Output is counted where it is made and cut at a limit, and goes to the cell whose code
  made it, also when a task goes on after its cell has ended.
- Tracebacks show the reader's frames and name cells and lines.
- The running cell can be cancelled at an `await`, and interrupted while it computes or sleeps.
- A cell can be traced, drawn, and run in virtual time; `overlap_trace.notebook` does that.

Runs inside Pyodide; the tests run it in Node.
"""

import ast
import asyncio
import codeop
import contextvars
import functools
import io
import itertools
import json
import signal
import sys
import time
import traceback
import types
import warnings

#: Seconds that `time.sleep` blocks before it looks whether the reader pressed Stop.
SLICE = 0.05

MAX_LINES = 10_000
MAX_CHARS = 1_000_000

#: A longer error is shown with its middle left out.
MAX_ERROR = 100_000

#: A tree of exceptions is drawn up to this many, and this deep.
MAX_TREE = 100
MAX_DEPTH = 20

MAX_COMPLETIONS = 200

#: A `time.sleep` of this many seconds is worth a word if other tasks had to wait for it.
NOTICEABLE = 0.05

#: The module with the event loop.
LOOP = "overlap_event_loop"

#: Code names look like this in tracebacks: `File "cell 3", line 7`.
CELL = "cell "


class Run:
    """One execution of one cell: what it printed so far and how it is going."""

    def __init__(self, header):
        self.header = header
        self.cell = header["cell"]
        self.lines = 0
        self.chars = 0
        self.full = False
        self.left_out = 0
        self.at_line_start = True
        self.stopping = False
        self.task = None
        self.awaited = []
        self.error = None
        #: Seconds in `time.sleep` while other tasks of this run had to wait.
        self.held = 0

    def admit(self, text):
        """Return the part of `text` that is still shown, and count what is not."""
        if self.full:
            self.leave_out(text)
            return ""
        shown = text[: MAX_CHARS - self.chars]
        pieces = shown.split("\n", MAX_LINES - self.lines)
        if len(pieces) > MAX_LINES - self.lines:
            shown = shown[: len(shown) - len(pieces[-1])]
        self.chars += len(shown)
        self.lines += shown.count("\n")
        if shown:
            self.at_line_start = shown.endswith("\n")
        if len(shown) < len(text):
            self.full = True
            self.leave_out(text[len(shown) :])
        return shown

    def leave_out(self, text):
        """Count the lines in `text`; the rest of a line that is shown in part is not one."""
        lines = text.count("\n")
        if lines and not self.at_line_start:
            lines -= 1
            self.at_line_start = True
        self.left_out += lines

    def clear(self):
        """The cell cleared its output: counting starts again."""
        self.lines = self.chars = self.left_out = 0
        self.full = False
        self.at_line_start = True


#: The run that the current code belongs to. A task keeps the run that created it.
current = contextvars.ContextVar("run", default=None)


class Stream(io.TextIOBase):
    """`sys.stdout` and `sys.stderr`: sends text to the page, up to the limit of its run."""

    def __init__(self, name, kernel):
        self.name = name
        self._kernel = kernel

    encoding = "utf-8"
    errors = "strict"

    def writable(self):
        return True

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        run = current.get() or self._kernel.latest
        if run is not None and text:
            was_full = run.full
            shown = run.admit(text)
            if shown:
                self._kernel.post_stream(run.header["run"], self.name, shown)
            if run.full and not was_full:
                self._kernel.post_full(run.header["run"])
        return len(text)


class NoInput(io.TextIOBase):
    """`sys.stdin`: nobody can type into it. Pyodide's would ask for a dialog that workers do not have."""

    encoding = "utf-8"

    def readable(self):
        return True

    def read(self, size=-1, /):
        raise RuntimeError("sys.stdin has no input in a page. Put the text into the code.")

    readline = read


class AwaitMain(ast.NodeTransformer):
    """Turn `asyncio.run(x)` at the top level of a cell into `await x`."""

    def __init__(self, namespace):
        self.modules = {n for n, v in namespace.items() if v is asyncio}
        self.functions = {n for n, v in namespace.items() if v is asyncio.run}
        self.awaited = []

    def leave_alone(self, node):
        return node

    # Code in here does not run at the top level.
    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = leave_alone
    visit_Lambda = visit_GeneratorExp = leave_alone

    def visit_Import(self, node):
        for alias in node.names:
            if alias.name == "asyncio":
                self.modules.add(alias.asname or alias.name)
        return node

    def visit_ImportFrom(self, node):
        for alias in node.names:
            if node.module == "asyncio" and alias.name == "run":
                self.functions.add(alias.asname or alias.name)
        return node

    def visit_Call(self, node):
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="run")):
                found = name in self.modules
            case ast.Call(func=ast.Name(id=name)):
                found = name in self.functions
            case _:
                return node
        plain = len(node.args) == 1 and not isinstance(node.args[0], ast.Starred)
        if not found or not plain or any(k.arg != "debug" for k in node.keywords):
            return node
        self.awaited.append(ast.unparse(node.args[0]))
        return ast.copy_location(ast.Await(value=node.args[0]), node)


def runs_main(source, namespace):
    """Whether `source` calls `asyncio.run` at its top level."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return False
    finder = AwaitMain(namespace)
    finder.visit(tree)
    return bool(finder.awaited)


class ReaderStack(traceback.StackSummary):
    """The frames of a traceback, cut to those the reader wrote."""

    def format(self, **options):
        mine = [i for i, frame in enumerate(self) if frame.filename.startswith(CELL)]
        lines = []
        shown = list(self)[mine[0] if mine else 0 :]
        for is_mine, group in itertools.groupby(shown, lambda frame: frame.filename.startswith(CELL)):
            if is_mine:
                # Together: Python folds the frames of a deep recursion.
                lines.extend(traceback.StackSummary.from_list(list(group)).format(**options))
                continue
            hidden = [package_of(frame.filename) for frame in group]
            hidden = [package for package in hidden if package not in (__name__, LOOP)]  # not worth a word
            if hidden:
                places = in_words(dict.fromkeys(hidden))
                s = "s" if len(hidden) > 1 else ""
                lines.append(f"  … {len(hidden)} frame{s} inside {places} not shown\n")
        return lines


def in_words(names):
    """Return "a", "a and b", "a, b and c"."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def package_of(filename):
    """Name the library a frame belongs to: `asyncio` for `…/asyncio/tasks.py`."""
    parts = filename.removesuffix(".py").replace("site-packages/", "").split("/")
    after = [i for i, part in enumerate(parts) if part.startswith("python3")]
    rest = parts[after[-1] + 1 :] if after else parts[-1:]
    return (rest or parts)[0]


def describe(error):
    """What the page shows of an exception: its text, and where in which cell it came from."""
    summary = traceback.TracebackException.from_exception(error, lookup_lines=False)
    cut(summary, set())
    frames = [
        {"cell": frame.filename[len(CELL) :], "line": frame.lineno}
        for frame in summary.stack or ()
        if frame.filename.startswith(CELL)
    ]
    name = getattr(error, "filename", None) if isinstance(error, SyntaxError) else None
    if isinstance(name, str) and name.startswith(CELL):
        frames.append({"cell": name[len(CELL) :], "line": error.lineno})
    return {
        "type": type(error).__name__,
        "message": text_of(error),
        "text": shortened("".join(summary.format())),
        "frames": frames,
        "missing": missing_module(error),
        "tree": tree_of(error) if isinstance(error, BaseExceptionGroup) else None,
        "all": [
            {"type": type(each).__name__, "message": text_of(each)}
            for each in itertools.islice(all_of(error), MAX_TREE)
        ],
    }


def shortened(text):
    """`text`, without its middle if it is so long that drawing it would hold up the page."""
    left_out = len(text) - MAX_ERROR
    if left_out <= 0:
        return text
    return f"{text[: MAX_ERROR // 2]}\n… {left_out:,} characters not shown …\n{text[-MAX_ERROR // 2 :]}"


def text_of(error):
    """The message of an exception, whatever its `__str__` does."""
    if isinstance(error, BaseExceptionGroup):
        return shortened(error.message)  # the rest, "(2 sub-exceptions)", is what the tree shows
    try:
        return shortened(str(error))
    except Exception:
        return "(its text cannot be made)"


def shown_because(error):
    """The exception that a traceback shows above this one, and whether it is its stated cause."""
    if error.__cause__ is not None:
        return error.__cause__, True
    return None if error.__suppress_context__ else error.__context__, False


def all_of(error):
    """An exception, those in its group, and those they came from; each once."""
    waiting, seen = [error], set()
    while waiting:
        each = waiting.pop(0)
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [*getattr(each, "exceptions", ()), shown_because(each)[0]]


def tree_of(error, budget=None, above=frozenset()):
    """An exception group as a tree of at most MAX_TREE exceptions, each with its place."""
    budget = budget or itertools.count()
    frames = ((frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__))
    mine = [(name, line) for name, line in frames if name.startswith(CELL)]
    above = above | {id(error)}

    def below(other):
        if other is None or id(other) in above or len(above) > MAX_DEPTH or next(budget) >= MAX_TREE:
            return None
        return tree_of(other, budget, above)

    because, stated = shown_because(error)
    members = getattr(error, "exceptions", ())
    shown = [node for node in map(below, members) if node is not None]
    return {
        "type": type(error).__name__,
        "message": text_of(error),
        "cell": mine[-1][0][len(CELL) :] if mine else None,
        "line": mine[-1][1] if mine else None,
        "members": shown,
        "leftOut": len(members) - len(shown),
        "because": below(because),
        "stated": stated,
    }


def missing_module(error):
    """Name the module that an import did not find, if it is of neither Python nor this page."""
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return None
    name = error.name.partition(".")[0]
    if name in sys.stdlib_module_names or name in sys.modules:
        return None
    return name


def cut(summary, seen):
    """Replace the stacks of an exception, its causes and its group by cut ones."""
    if summary is None or id(summary) in seen:
        return
    seen.add(id(summary))
    if summary.stack is not None:
        mine = any(frame.filename.startswith(CELL) for frame in summary.stack)
        if not mine and any("/IPython/" in frame.filename for frame in summary.stack):
            summary.stack = None  # a syntax error, say: nothing of the reader's has run
        else:
            summary.stack = ReaderStack(summary.stack)
    for other in (summary.__cause__, summary.__context__, *(summary.exceptions or ())):
        cut(other, seen)


class PageKernel:
    """Drives JupyterLite's kernel for one page."""

    def __init__(self, shell, post_stream, post_full, post_timeline):
        self.shell = shell
        self.kernel = shell.kernel
        self.post_stream = post_stream
        self.post_full = post_full
        self.post_timeline = post_timeline
        self.cells = None  # overlap_trace's, once it is needed
        self.running = None
        self.latest = None
        self.streams = {name: Stream(name, self) for name in ("stdout", "stderr")}
        self._run = self.kernel.run
        self._should_run_async = shell.should_run_async
        self._clear_output = shell.display_pub.clear_output

    async def run(self, code):
        """Run one cell; what the page needs to know beyond the reply is in `overlap`."""
        run = Run(self._header["header"])
        self.running = self.latest = run
        run.task = asyncio.current_task()
        self.prepare_trace(run)
        for name, stream in self.streams.items():
            if not hasattr(getattr(sys, name, None), "write"):  # after `sys.stdout = None`, say
                setattr(sys, name, stream)
        token = current.set(run)
        try:
            reply = await self._run(code)
        except asyncio.CancelledError:
            reply = {"status": "error", "ename": "CancelledError", "evalue": "", "traceback": []}
        except Exception as error:  # what the cell changed broke IPython itself
            run.error = describe(error)
            reply = {"status": "error", "ename": run.error["type"], "evalue": "", "traceback": []}
        finally:
            if run.stopping:
                await self.end_tasks(run)
            self.running = None
            current.reset(token)
        reply["overlap"] = json.dumps(
            {
                "error": run.error,
                "awaited": run.awaited,
                "held": run.held,
                "full": run.full,
                "leftOut": run.left_out,
                "stopped": run.stopping,
                "practice": practice_requests(),
            }
        )
        return reply

    async def end_tasks(self, run):
        """Cancel the tasks a stopped cell left behind, as `asyncio.run` does at its end."""
        rest = [
            task
            for task in asyncio.all_tasks()
            if task is not run.task and task.get_context().get(current) is run
        ]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    def cancel(self):
        """Cancel the running cell. Returns whether one was running."""
        if self.running is None:
            return False
        self.running.stopping = True
        self.running.task.cancel()
        return True

    def slept(self, seconds):
        """`time.sleep` has blocked for so many seconds: remember it if it held up other tasks."""
        run = current.get()
        if run is None or seconds < NOTICEABLE:
            return
        running = (run.task, asyncio.current_task())
        held_up = (t for t in asyncio.all_tasks() if t not in running and t.get_context().get(current) is run)
        if any(held_up):
            run.held += seconds

    def complete(self, code, cursor):
        """Names that may stand at `cursor`, as JSON: what they replace, and what they are."""
        from IPython.core.completer import provisionalcompleter

        with provisionalcompleter():
            found = itertools.islice(self.shell.Completer.completions(code, cursor), MAX_COMPLETIONS)
            options = [
                {"from": each.start, "to": each.end, "text": each.text, "type": each.type}
                for each in found
                if each.type not in ("path", "magic") and not each.text.startswith("%")
            ]
        return json.dumps(options)

    def needs(self, analysis, sources):
        """What the last of `sources` (JSON) needs from those before it, as JSON.

        `analysis` is the text of the module that tells the build the same.
        """
        module = module_from("cell_analysis", analysis)
        *before, cell = json.loads(sources)
        try:
            found = module.dependencies([*map(functools.partial(only_python, module), before), cell])[-1]
        except Exception:  # running the cell says what is wrong with it
            return json.dumps({"cells": [], "names": {}})
        return json.dumps({"cells": found.cells, "names": found.names})

    def prepare_trace(self, run):
        """Have the coming run traced, or run in virtual time, if the page asks for it."""
        if self.cells is None and (run.header["timeline"] != "no" or run.header["virtual"]):
            from overlap_trace.notebook import Cells

            # The last drawing is made when the run has ended and its time is taken.
            self.cells = Cells(
                self.shell, self.trace_options, lambda cell: cell.ended or self.draw(), cell_name
            )
        if self.cells is not None:
            self.cells.latest = None

    def trace_options(self):
        """What the page asked for in the running cell, in the words of overlap_trace."""
        from overlap_trace.notebook import Options

        wish = self.latest.header["timeline"]
        return Options(timeline=wish != "no", live=wish == "live", virtual=self.latest.header["virtual"])

    def draw(self):
        """Send the page the drawing of the latest run, if that was traced."""
        traced = self.cells and self.cells.latest
        if traced is None:
            return
        from overlap_trace import to_html

        timeline = traced.timeline()
        drawing = {
            "run": self.latest.header["run"],
            "html": to_html(timeline),
            "living": traced.living(),
            "lanes": list(timeline.lanes),
        }
        self.post_timeline(json.dumps(drawing))

    def cancel_task(self, lane):
        """Cancel the task of a lane of the running cell. Returns its name and when, as JSON."""
        traced = self.cells and self.cells.latest
        name = traced.cancel(lane) if traced else None
        return json.dumps(name and {"lane": name, "ms": traced.now() * 1000})

    def clear_output(self, wait=False):
        """What `IPython.display.clear_output` calls."""
        run = current.get() or self.latest
        if run is not None:
            run.clear()
        self._clear_output(wait)

    def header(self, kernel):
        """The message header of the run that the current code belongs to."""
        run = current.get()
        return {"header": run.header} if run else self._header

    def set_header(self, kernel, value):
        self._header = value

    def should_run_async(self, raw_cell, *, transformed_cell=None, preprocessing_exc_tuple=None):
        if self._should_run_async(
            raw_cell,
            transformed_cell=transformed_cell,
            preprocessing_exc_tuple=preprocessing_exc_tuple,
        ):
            return True
        if preprocessing_exc_tuple is not None:
            return False
        return runs_main(transformed_cell, self.shell.user_ns)

    def visit(self, tree):
        """IPython calls this with the syntax tree of each cell."""
        transformer = AwaitMain(self.shell.user_ns)
        tree = transformer.visit(tree)
        if self.running is not None:
            self.running.awaited = transformer.awaited
        return tree

    def show_error(self, exc_tuple=None, *args, **options):
        """Keep an exception for the reply. IPython's own report costs a second and hides groups."""
        error = self.shell._get_exc_info(exc_tuple)[1]
        if self.running is not None and not_tokenized(error):
            error.filename = f"{CELL}{self.running.cell}"
        report = describe(error)
        if report["type"] == "UsageError":  # of a magic command: its text says it all
            report["text"] = report["message"]
        if self.running is not None:
            self.running.error = report
        self.shell._last_traceback = {
            "ename": report["type"],
            "evalue": report["message"],
            "traceback": report["text"].splitlines(),
        }

    def code_name(self, raw_code, transformed_code, number):
        run = current.get() or self.latest
        return f"{CELL}{run.cell}" if run else f"{CELL}0"


def not_tokenized(error):
    """Whether an error is of the cell's text (tabs beside spaces, say), found before the cell has a name."""
    if not isinstance(error, SyntaxError) or error.filename != "<string>":
        return False
    return not any(f.f_code.co_filename.startswith(CELL) for f, _ in traceback.walk_tb(error.__traceback__))


def practice_requests():
    """How many requests to the practice server were real, and how many simulated, since last asked."""
    answered = getattr(sys.modules.get("practice_server"), "answered", {})
    counts = dict(answered)
    answered.clear()
    return counts


def module_from(name, source):
    """Import a module from its text; once."""
    if name not in sys.modules:
        module = sys.modules[name] = types.ModuleType(name)
        exec(compile(source, f"{name}.py", "exec"), module.__dict__)
    return sys.modules[name]


def only_python(analysis, source):
    """`source`, or nothing if it cannot be parsed: the reader may be editing that cell."""
    try:
        analysis.parse_cell(source)
    except analysis.CellSyntaxError:
        return ""
    return source


def cell_name(filename):
    """How timelines call the code of another cell: by its number."""
    return filename if filename.startswith(CELL) else ""


def refuse_pip(line):
    """`%pip` in a page."""
    from IPython.core.error import UsageError

    raise UsageError("This page installs nothing. It loads files from its own site only.")


def refuse_input(prompt=""):
    """`input()` in a page."""
    raise RuntimeError("input() cannot wait for an answer in a page. Put the value into the code.")


def on_interrupt(heard):
    """The handler of SIGINT: raises KeyboardInterrupt, but only inside the reader's code.

    In the event loop's own code, also when the reader's calls it, it would lose a callback, and
    with it a task that then waits for ever. There the interrupt stays due until `heard` is called.
    """

    def handle(signum, frame):
        while frame is not None and frame.f_globals.get("__name__") != LOOP:
            if frame.f_code.co_filename.startswith(CELL):
                heard()
                raise KeyboardInterrupt
            frame = frame.f_back

    return handle


def in_slices(sleep, interrupt_due, interrupt_heard, slept):
    """`time.sleep`, in slices between which Stop is heard. It blocks the loop like the whole.

    `slept` hears how many seconds it took.
    """

    @functools.wraps(sleep)
    def sleep_in_slices(seconds, /):
        if not isinstance(seconds, (int, float)) or not SLICE < seconds < float("inf"):
            sleep(seconds)
            return slept(seconds)
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            sleep(min(left, SLICE))
            if interrupt_due():
                interrupt_heard()
                raise KeyboardInterrupt
        slept(seconds)

    return sleep_in_slices


def install(shell, post_stream, post_full, interrupt_due, interrupt_heard, post_timeline):
    """Change the kernel of `shell`; returns the object the worker talks to."""
    import builtins
    import getpass

    from overlap_event_loop import PageLoop
    from pyodide import webloop

    page = PageKernel(shell, post_stream, post_full, post_timeline)
    kernel = shell.kernel
    kernel._parent_header = None
    page._header = None
    type(kernel)._parent_header = property(page.header, page.set_header)
    kernel.__dict__.pop("_parent_header", None)
    kernel.run = page.run
    kernel.lite_transform_manager.line_transforms = []

    shell.should_run_async = page.should_run_async
    shell.ast_transformers.append(page)
    shell.showtraceback = shell.showsyntaxerror = shell.showindentationerror = page.show_error
    shell._format_exception_for_storage = lambda *args, **options: ""
    # An unclosed bracket is a syntax error with a place, not "incomplete input".
    shell.compile.flags &= ~codeop.PyCF_ALLOW_INCOMPLETE_INPUT
    shell.display_pub.clear_output = page.clear_output
    shell.compile.get_code_name = page.code_name
    shell.Completer.use_jedi = False
    shell.register_magic_function(refuse_pip, "line", "pip")

    time.sleep = in_slices(webloop._orig_sleep, interrupt_due, interrupt_heard, page.slept)
    signal.signal(signal.SIGINT, on_interrupt(interrupt_heard))
    asyncio.run = webloop._orig_run
    webloop.WebLoop = PageLoop  # what asyncio.new_event_loop() makes
    loop = asyncio.get_event_loop()
    PageLoop.adopt(loop)
    # A task that is interrupted, or calls sys.exit, keeps the exception for who awaits it; the loop goes on.
    loop._keyboard_interrupt_handler = lambda: None
    loop._system_exit_handler = lambda code: None
    # Messages and reprs begin with these names.
    webloop.PyodideTask.__name__ = "Task"
    webloop.PyodideFuture.__name__ = "Future"

    # JupyterLite's kernel sets both for every cell, to wait for an answer that cannot come.
    type(shell).input = type(shell).getpass = property(lambda self: refuse_input, lambda *_: None)
    # IPython's own would ask a terminal to close; these end the cell.
    shell.push({"exit": sys.exit, "quit": sys.exit}, interactive=False)
    builtins.exit = builtins.quit = sys.exit
    builtins.input = getpass.getpass = refuse_input

    sys.stdin = NoInput()
    sys.stdout, sys.stderr = page.streams["stdout"], page.streams["stderr"]
    warnings.filterwarnings("ignore", message="To exit: use")
    return page
