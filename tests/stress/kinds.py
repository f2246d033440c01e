"""What every recipe must survive; each recipe has a row for each of these, or says why it has none."""

KINDS = {
    "foreign_cancellation": "something inside the call was cancelled, and not by us",
    "system_exit": "one item calls sys.exit()",
    "keyboard_interrupt": "one item raises KeyboardInterrupt",
    "unpicklable_item": "an item cannot be pickled, or not be unpickled",
    "unpicklable_value": "a value cannot be pickled, or not be unpickled",
    "unpicklable_error": "an exception cannot be pickled, or not be unpickled",
    "callback_raises": "report() or failed() raises",
    "source_fails": "the source raises in the middle",
    "source_empty": "there is no item",
    "source_infinite": "the items do not end",
    "source_slow": "the next item takes long",
    "bad_numbers": "0 and negative, for each number",
    "ctrl_c": "one Ctrl-C",
    "ctrl_c_twice": "two Ctrl-C",
    "sigterm": "SIGTERM",
    "worker_killed": "kill -9 of a worker",
    "parent_killed": "kill -9 of the program",
    "caller_cancelled": "the caller is cancelled while it waits",
    "swallows_cancellation": "a call swallows one cancellation",
    "error_keeps_traceback": "the error of an item says where it was raised",
}
