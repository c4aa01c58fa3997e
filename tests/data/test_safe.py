"""Graphs from files, in a process that knows no more than the package."""

import subprocess
import sys

import torch

from pygmmrec.data.safe import SAFE
from pygmmrec.models import CRANE

LOAD = """
import sys, torch
import pygmmrec.data
data = torch.load(sys.argv[1], weights_only=True)
print(data["user"].num_nodes, data["user", "interacts", "item"].matrix)
"""


def test_another_process_reads_a_prepared_graph(toy_data, tmp_path) -> None:
    data = CRANE.prepare(toy_data())
    torch.save(data, tmp_path / "graph.pt")
    command = [sys.executable, "-c", LOAD, str(tmp_path / "graph.pt")]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.split(maxsplit=1) == ["9", f"{data['user', 'interacts', 'item'].matrix}\n"]


def test_they_are_known_to_torch() -> None:
    assert set(SAFE) <= set(torch.serialization.get_safe_globals())
