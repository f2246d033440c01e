# /// script
# requires-python = ">=3.11"
# ///
"""Walk a future through its states by hand, as an executor does.

Run it: python future_states.py
"""

from concurrent.futures import Future, InvalidStateError


# [states]
def show(state, future):
    facts = future.running(), future.done(), future.cancelled()
    print(state, "running, done, cancelled:", *facts)


def walk():
    future = Future()
    future.add_done_callback(lambda f: print("callback:", f.result()))
    show("pending: ", future)
    future.set_running_or_notify_cancel()  # a worker took it
    show("running: ", future)
    print("cancel():", future.cancel())  # too late
    future.set_result("photo")
    show("finished:", future)
    try:
        future.set_result("another")
    except InvalidStateError as error:
        print(type(error).__name__)
# [/states]


def main():
    walk()


if __name__ == "__main__":
    main()
