"""Run as a script: imports the modules it is given and tells, on standard output, every effect the imports have."""

from __future__ import annotations

import importlib
import os
import sys
import threading
from collections.abc import Iterator
from typing import Any

EVENTS = ("socket.connect", "socket.bind", "sqlite3.connect", "subprocess.Popen", "os.system", "os.mkdir", "os.remove")
OURS = "atom_zendesk_plugin"


def told(what: str) -> None:
    sys.stdout.write(f"{what}\n")


def hear(event: str, arguments: tuple[Any, ...]) -> None:
    # Bytecode files are Python's own affair.
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        if "__pycache__" not in str(arguments[0]):
            told(f"writes {arguments[0]}")
    elif event == "socket.bind" and arguments[1] == ("::1", 0):
        return  # how urllib3 finds out, when it is imported, whether the machine has IPv6
    elif event in EVENTS and "__pycache__" not in str(arguments):
        told(f"{event} {arguments}")


class Environment(dict[str, str]):
    """Tells when one of our modules reads a variable; what other packages read while they are imported is their affair."""

    def _reads(self, key: object) -> None:
        frame = sys._getframe(2)
        while frame.f_back is not None and frame.f_code.co_filename.startswith("<frozen"):
            frame = frame.f_back
        callers = [frame.f_code.co_filename, frame.f_back.f_code.co_filename if frame.f_back else ""]
        if any(OURS in name for name in callers):
            told(f"reads the environment: {key}")

    def __getitem__(self, key: str) -> str:
        self._reads(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self._reads(key)
        return super().get(key, default)

    def __contains__(self, key: object) -> bool:
        self._reads(key)
        return super().__contains__(key)

    def __iter__(self) -> Iterator[str]:
        self._reads("all")
        return super().__iter__()


def main() -> int:
    sys.dont_write_bytecode = True
    vars(os)["environ"] = Environment(os.environ)
    sys.addaudithook(hear)
    for name in sys.argv[1:]:
        importlib.import_module(name)
    for thread in threading.enumerate():
        if thread is not threading.main_thread():
            told(f"leaves a thread: {thread.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
