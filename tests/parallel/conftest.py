import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
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


@pytest.fixture
def two_hosts() -> Iterator[tuple[str, str]]:
    """Two network namespaces that reach each other by a cable, and nothing else; their names."""
    if shutil.which("ip") is None or os.geteuid() != 0:
        pytest.skip("needs root, and ip of iproute2")
    names = tuple(f"pygmmrec-{os.getpid()}-{host}" for host in range(2))
    try:
        for name in names:
            _ip("netns", "add", name)
        _ip("link", "add", "cable0", "netns", names[0], "type", "veth", "peer", "cable1", "netns", names[1])
        for host, name in enumerate(names):
            _ip("-n", name, "address", "add", f"10.77.0.{host + 1}/24", "dev", f"cable{host}")
            for device in ("lo", f"cable{host}"):
                _ip("-n", name, "link", "set", device, "up")
    except subprocess.CalledProcessError as error:
        _remove(names)
        pytest.skip(f"no network namespaces here: {error.stderr}")
    yield names[0], names[1]
    _remove(names)


def _ip(*command: str) -> None:
    subprocess.run(["ip", *command], check=True, capture_output=True, text=True)


def _remove(names: tuple[str, ...]) -> None:
    for name in names:
        subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)
