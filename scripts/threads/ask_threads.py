# /// script
# requires-python = ">=3.11"
# ///
"""Ask threads who they are, and see what they did not catch.

Run it: python ask_threads.py
"""

import threading


# [ask]
def serve(begun, end, seen):
    me = threading.current_thread()
    seen["name"], seen["ident"] = me.name, threading.get_ident()
    seen["system's number"] = threading.get_native_id()
    begun.set()
    end.wait()


def ask():
    """What a thread says of itself is what the others see."""
    begun, end, seen = threading.Event(), threading.Event(), {}
    waiter = threading.Thread(
        target=serve, args=(begun, end, seen), name="waiter"
    )
    waiter.start()
    begun.wait()
    print("name:", seen["name"], "daemon:", waiter.daemon)
    print("same number:", seen["ident"] == waiter.ident)
    print("the system's:", seen["system's number"] == waiter.native_id)
    print("listed:", waiter in threading.enumerate())
    print("threads:", threading.active_count())
    end.set()
    waiter.join(timeout=5)  # gives None, in time or not
    print("alive:", waiter.is_alive())
    here = threading.current_thread()
    print("main:", here is threading.main_thread())
# [/ask]


# [hook]
def uncaught():
    """threading.excepthook gets what a thread did not catch."""
    caught = []
    usual = threading.excepthook
    threading.excepthook = caught.append
    failing = threading.Thread(target=int, args=("soup",))
    failing.start()
    failing.join()  # raises nothing
    threading.excepthook = usual
    print("uncaught:", caught[0].exc_type.__name__)
# [/hook]


def main():
    ask()
    uncaught()


if __name__ == "__main__":
    main()
