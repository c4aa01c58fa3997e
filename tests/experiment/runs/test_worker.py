import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import torch

from pygmmrec.experiment.runs.owner import is_dead, machine, started
from pygmmrec.experiment.runs.worker import Dispatcher, at_work, end_with_parent, log_of_thread

CHILD = """
import os, sys, time
from pygmmrec.experiment.runs.worker import end_with_parent
end_with_parent(os.getppid())
print(os.getpid(), flush=True)
time.sleep(60)
"""


def test_a_thread_logs_into_its_own_file(tmp_path: Path) -> None:
    logger = logging.getLogger("pygmmrec.test")

    def work(name: str) -> None:
        with log_of_thread(tmp_path / "logs" / name):
            logger.warning("from %s", name)
            meet.wait()

    meet = threading.Barrier(2)
    threads = [threading.Thread(target=work, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    logger.warning("from none")
    for name in ("a", "b"):
        (line,) = (tmp_path / "logs" / name).read_text().splitlines()
        assert line.endswith(f"from {name}")
    with log_of_thread(tmp_path / "silent"):
        pass
    assert not (tmp_path / "silent").exists()


def test_a_piece_has_its_share_of_the_threads(tmp_path: Path) -> None:
    before = torch.get_num_threads()
    with at_work(Dispatcher(machine(), os.getpid(), before + 1), tmp_path / "log"):
        assert torch.get_num_threads() == before + 1
    torch.set_num_threads(before)
    with at_work(Dispatcher("elsewhere", 1, before + 1), tmp_path / "log"):
        assert torch.get_num_threads() == before
    logging.getLogger("pygmmrec").setLevel(logging.NOTSET)


def test_a_process_ends_with_its_parent() -> None:
    assert callable(end_with_parent)
    shell = f"{sys.executable} -c '{CHILD}' & wait"
    parent = subprocess.Popen(["sh", "-c", shell], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    child = {"machine": machine(), "pid": pid, "started": started(pid)}
    assert not is_dead(child)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    for _ in range(100):
        if is_dead(child):
            return
        time.sleep(0.1)
    os.kill(pid, signal.SIGKILL)
    raise AssertionError("It lives on")
