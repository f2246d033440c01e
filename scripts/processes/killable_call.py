# /// script
# requires-python = ">=3.11"
# ///
"""Run a function that cannot be trusted to end: kill it in time.

Run it: python killable_call.py
"""
import multiprocessing
import pickle
import re
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any

from outcomes import positive
from worker_processes import end_with_parent, kill, packed


# [killable]
class Crashed(Exception):
    """The process ended without an answer."""


def call_with_limit(
    function: Callable[..., Any], *args: Any, seconds: float
) -> Any:
    """function(*args), in a process that is killed when late.

    With it goes what it has started. Raises TimeoutError, Crashed
    (also for sys.exit), or what the function raises. The time
    counts from the moment when the function begins. The function,
    its arguments and its result are pickled.
    """
    positive(seconds=seconds)
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(
        target=_answer, args=(theirs, function, args)
    )
    try:
        process.start()
        theirs.close()  # so that a crash is the end of the pipe
        ours.recv()  # it is about to begin
        if not ours.poll(seconds):
            raise TimeoutError(f"no answer within {seconds} s")
        value, error, text = pickle.loads(ours.recv_bytes())
    except EOFError:
        process.join(1)
        raise Crashed(f"exit code {process.exitcode}") from None
    finally:
        theirs.close()
        if process.pid is not None:
            kill(process)  # and what it has started
            process.close()
        ours.close()
    if error is None:
        return value
    error.add_note(f"In the process:\n{text}")
    if not isinstance(error, Exception):
        raise Crashed(f"{error!r}") from error
    raise error


def _answer(
    pipe: Connection,
    function: Callable[..., Any],
    args: tuple[Any, ...],
) -> None:
    end_with_parent()
    pipe.send("begin")
    try:
        value = function(*args)
        answer = bytes(ForkingPickler.dumps((value, None, "")))
    except BaseException as error:
        answer = packed(error)
    pipe.send_bytes(answer)
# [/killable]


def matches(pattern: str, text: str) -> bool:
    """Some patterns take years for some texts."""
    return re.fullmatch(pattern, text) is not None


def main() -> None:
    for pattern in ["a+", "(a+)+b", "(a+"]:
        try:
            result: object = call_with_limit(
                matches, pattern, "a" * 40, seconds=0.5
            )
        except TimeoutError as error:
            result = f"TimeoutError: {error}"
        except re.error as error:
            result = f"re.error: {error}"
        print(f"{pattern}: {result}")


if __name__ == "__main__":
    main()
