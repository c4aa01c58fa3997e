import json

import torch

from pygmmrec.training.environment import environment


def test_says_where_a_result_comes_from() -> None:
    found = environment(torch.device("cpu"))
    assert found["torch"] == torch.__version__
    assert found["threads"] == torch.get_num_threads()
    assert found["device"] == "cpu"
    assert {"command", "commit", "python", "pygmmrec", "torch-geometric", "processor", "cores"} <= set(found)
    assert json.loads(json.dumps(found)) == found
