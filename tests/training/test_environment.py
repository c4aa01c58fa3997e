import json

import torch

from pygmmrec.training.environment import environment, peak_memory_mb


def test_says_where_a_result_comes_from() -> None:
    found = environment(torch.device("cpu"))
    assert found["torch"] == torch.__version__
    assert found["threads"] == torch.get_num_threads()
    assert found["device"] == "cpu"
    assert {"command", "commit", "python", "pygmmrec", "torch-geometric", "processor", "cores"} <= set(found)
    assert json.loads(json.dumps(found)) == found


def test_peak_memory_sees_an_allocation() -> None:
    before = peak_memory_mb(torch.device("cpu"))
    if before is None:  # a system without `resource`
        return
    size_mb = int(before) + 64  # larger than anything so far, so that the peak must rise
    block = torch.ones(size_mb * 2**18)
    after = peak_memory_mb(torch.device("cpu"))
    assert after is not None
    assert after - before >= 60
    assert block.numel() == size_mb * 2**18
