import pytest
import torch

from pygmmrec.transforms import CrossModalGraph, ToAdj
from pygmmrec.typing import available_key, item_edge_type

LACKING = (2, 7)
"""The items without the second modality."""


def dense_graphs(data, k: int, lacking: tuple[int, ...]) -> dict[str, torch.Tensor]:
    """Pair by pair on the whole matrices of cosines."""
    names = [name for name in ("m0", "m1", "m2") if name in data["item"]]
    having = {name: [name != "m1" or i not in lacking for i in range(11)] for name in names}
    cosine, least = {}, {}
    for name in names:
        x = torch.nn.functional.normalize(data["item"][name])
        cosine[name] = x @ x.t()
        some = torch.tensor(having[name])
        least[name] = cosine[name][some][:, some].mean()
    graphs = {}
    for name in names:
        graph = torch.zeros(11, 11, dtype=torch.float64)
        for i in range(11):
            stay = [
                j
                for j in range(11)
                if having[name][i] and having[name][j]
                and all(cosine[m][i, j] >= least[m] for m in names if having[m][i] and having[m][j])
            ]  # fmt: skip
            for j in sorted(stay, key=lambda j: -float(cosine[name][i, j]))[:k]:
                graph[i, j] = 1
        root = graph.sum(1).clamp(min=1).rsqrt()
        graphs[name] = root[:, None] * graph * root
    return graphs


@pytest.mark.parametrize("num_modalities", [1, 2, 3])
@pytest.mark.parametrize(("k", "block_size"), [(2, 1), (4, 5), (11, 1024)])
@pytest.mark.parametrize("lacking", [(), LACKING])
def test_against_the_dense_formula(toy_data, num_modalities, k, block_size, lacking) -> None:
    data = toy_data(num_modalities=num_modalities)
    if lacking and num_modalities > 1:
        available = torch.ones(11, dtype=torch.bool)
        available[list(lacking)] = False
        data["item"][available_key("m1")] = available
    out = ToAdj()(CrossModalGraph(k, block_size=block_size)(data))
    for name, expected in dense_graphs(data, k, lacking).items():
        matrix = out[item_edge_type(f"{name}_knn")].matrix
        torch.testing.assert_close(matrix.to_dense().double(), expected, rtol=1e-6, atol=1e-7)
        assert matrix.nnz == expected.count_nonzero()


def test_what_another_modality_speaks_against_is_no_edge(toy_data) -> None:
    data = toy_data()
    alone = CrossModalGraph(5)(toy_data(num_modalities=1))[item_edge_type("m0_knn")].edge_index
    both = CrossModalGraph(5)(data)[item_edge_type("m0_knn")].edge_index
    assert set(map(tuple, both.t().tolist())) != set(map(tuple, alone.t().tolist()))


def test_its_text_and_wrong_arguments(toy_data) -> None:
    assert repr(CrossModalGraph(5)) == "CrossModalGraph(k=5)"
    with pytest.raises(ValueError, match="'k' needs to be at most 11, the number of items"):
        CrossModalGraph(12)(toy_data())
    with pytest.raises(ValueError, match="a graph with features of items"):
        CrossModalGraph(3)(toy_data(num_modalities=0))
