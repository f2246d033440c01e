# /// script
# requires-python = ">=3.11"
# ///
"""Which build of Python is this, and is its GIL on?

Run it: python which_build.py
"""
import platform
import subprocess
import sys
import sysconfig


# [ask]
def which_build():
    """Built with a GIL, or free-threaded? It never changes."""
    free = sysconfig.get_config_var("Py_GIL_DISABLED")
    return "free-threaded build" if free else "standard build"


def gil():
    """On or off now? An old C extension may switch it on."""
    is_on = getattr(sys, "_is_gil_enabled", None)   # 3.13+
    return "on" if is_on is None or is_on() else "off"
# [/ask]


def main():
    print("Python", platform.python_version(), which_build())
    print("sys.version says experimental:",
          "experimental" in sys.version)
    print("GIL", gil())
    if gil() == "off":
        code = "import sys; print('GIL on:', sys._is_gil_enabled())"
        command = [sys.executable, "-X", "gil=1", "-c", code]
        print("with -X gil=1:", end=" ", flush=True)
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
