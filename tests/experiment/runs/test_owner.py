import os
import subprocess
import sys
import time

from pygmmrec.experiment.runs.owner import PROC, is_dead, machine, owner, started


def test_this_process_lives() -> None:
    assert owner() == {"machine": machine(), "pid": os.getpid(), "started": started(os.getpid())}
    assert not is_dead(owner())


def test_a_process_that_ended_is_dead_even_before_its_parent_looks() -> None:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    who = {"machine": machine(), "pid": process.pid, "started": started(process.pid)}
    assert not is_dead(who)
    process.kill()
    for _ in range(100):
        if is_dead(who):
            break
        time.sleep(0.05)
    before_it_is_looked_at = is_dead(who)
    process.wait()
    assert is_dead(who)
    assert before_it_is_looked_at or not PROC.is_dir()


def test_another_process_of_the_same_number_is_not_taken_for_it() -> None:
    assert is_dead({**owner(), "started": "0"}) or not PROC.is_dir()


def test_of_another_machine_nothing_is_known() -> None:
    assert not is_dead({"machine": "elsewhere", "pid": 2**22 + 1, "started": None})
