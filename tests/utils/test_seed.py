import subprocess
import sys

import pytest
import torch

from pygmmrec.utils.seed import RandomState, is_seeded, random_state, seeded, set_random_state


def in_a_new_process(code: str) -> str:
    script = f"import torch; from pygmmrec.utils.seed import *; {code}"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout.strip()


def test_a_process_that_nobody_seeded() -> None:
    assert (
        in_a_new_process("print(is_seeded()); torch.manual_seed(2**40); print(is_seeded())") == "False\nTrue"
    )
    code = (
        "c = seeded(3); c.__enter__(); print(is_seeded()); c.__exit__(None, None, None); print(is_seeded())"
    )
    assert in_a_new_process(code) == "True\nFalse"


def test_a_seed_of_this_process() -> None:
    torch.manual_seed(3)
    assert is_seeded()


def test_the_generator_comes_back_as_it_was() -> None:
    torch.manual_seed(3)
    first = torch.rand(2)
    state = random_state()
    assert isinstance(state, RandomState)
    second = torch.rand(2)
    set_random_state(state)
    with seeded(3):
        assert torch.equal(torch.rand(2), first)
    assert torch.equal(torch.rand(2), second)
    set_random_state(state)
    with pytest.raises(KeyError), seeded(5):
        raise KeyError
    assert torch.equal(torch.rand(2), second)


def test_generators_come_back() -> None:
    state = random_state()._asdict()
    first = torch.rand(3)
    set_random_state(RandomState(**state))
    assert torch.equal(torch.rand(3), first)
