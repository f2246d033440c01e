# /// script
# requires-python = ">=3.11"
# ///
"""Run a function that cannot be trusted to end: kill it in time.

Run it: python killable_call.py
"""
import multiprocessing
import re
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any


# [killable]
class Crashed(Exception):
    """The process ended without an answer."""


def call_with_limit(
    function: Callable[..., Any], *args: Any, seconds: float
) -> Any:
    """function(*args), in a process that is killed when late.

    Raises TimeoutError, Crashed, or what the function raises.
    The time counts from the moment when the function begins.
    The function, its arguments and its result are pickled.
    """
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(
        target=_answer, args=(theirs, function, args)
    )
    process.start()
    theirs.close()  # so that a crash is the end of the pipe
    try:
        ours.recv()  # it is about to begin
        if not ours.poll(seconds):
            raise TimeoutError(f"no answer within {seconds} s")
        good, answer = ours.recv()
    except EOFError:
        process.join()
        raise Crashed(f"exit code {process.exitcode}") from None
    finally:
        process.kill()  # nothing happens if it has ended
        process.join()
        process.close()
        ours.close()
    if good:
        return answer
    raise answer


def _answer(
    pipe: Connection,
    function: Callable[..., Any],
    args: tuple[Any, ...],
) -> None:
    pipe.send("begin")
    try:
        answer = True, function(*args)
    except Exception as error:
        answer = False, error
    pipe.send(answer)
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
