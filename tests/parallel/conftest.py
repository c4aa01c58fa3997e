import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

WORKER = Path(__file__).with_name("two_ranks.py")


@pytest.fixture
def start_ranks(tmp_path: Path) -> Callable[..., Callable[[], None]]:
    """Starts two processes as torchrun would, and gives what waits for them."""

    def start(*names: str) -> Callable[[], None]:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        told = {
            "WORLD_SIZE": "2",
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(port),
            "OMP_NUM_THREADS": "1",
        }
        command = [sys.executable, str(WORKER), str(tmp_path), *names]
        ranks = [
            subprocess.Popen(
                command, env={**os.environ, **told, "RANK": str(rank), "LOCAL_RANK": str(rank)},
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )
            for rank in range(2)
        ]  # fmt: skip

        def wait() -> None:
            try:
                said = [rank.communicate(timeout=900)[0] for rank in ranks]
            finally:
                for rank in ranks:
                    rank.kill()
            assert [rank.returncode for rank in ranks] == [0, 0], "\n".join(text[-3000:] for text in said)

        return wait

    return start
