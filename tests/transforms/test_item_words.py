import pytest
import torch

from pygmmrec.kernels.neighbours.spherical_kmeans import spherical_kmeans
from pygmmrec.transforms import ItemWords
from pygmmrec.typing import ITEM_WORDS, available_key

NUM_ITEMS = 11


def words(data, to_dense) -> torch.Tensor:
    """Counts, [I, W]."""
    store = data[ITEM_WORDS]
    return to_dense(store.edge_index, store.edge_weight, (data["word"].num_nodes, NUM_ITEMS))


def test_given_words_are_the_columns(toy_data, to_dense) -> None:
    data = toy_data(num_modalities=1)
    bag = data["item"]["m0"] = torch.randint(0, 3, (NUM_ITEMS, 5)).double()
    assert torch.equal(words(ItemWords(given=["m0"])(data), to_dense), bag.float())
    data["item"][available_key("m0")] = torch.arange(NUM_ITEMS) != 2
    bag = bag.clone()
    bag[2] = 0
    assert torch.equal(words(ItemWords(given=["m0"])(data), to_dense), bag.float())


@pytest.mark.parametrize(
    ("num_words", "words_per_item", "size", "each"), [(256, 3, 4, 3), (3, 1, 3, 1), (2, 5, 2, 2)]
)
def test_made_up_words_are_the_nearest_centres(
    toy_data, to_dense, num_words, words_per_item, size, each
) -> None:
    """The items that have the second modality are 20 of 22 in a graph of two copies of all items."""
    data = toy_data(torch.tensor([[0, 1], [0, 21]]), 2, 22)
    mask = data["item"][available_key("m1")] = torch.arange(22) % 11 != 3
    out = ItemWords(num_words, words_per_item=words_per_item)(data)
    assert out["word"].num_nodes == 2 * size
    store = out[ITEM_WORDS]
    found = to_dense(store.edge_index, store.edge_weight, (2 * size, 22))
    for n, (name, having) in enumerate({"m0": torch.ones_like(mask), "m1": mask}.items()):
        x = data["item"][name][having]
        x = x / x.norm(dim=1, keepdim=True)
        similarity = x @ spherical_kmeans(x, size).t()
        cut = similarity.sort(dim=1, descending=True).values[:, each - 1 : each]
        part = found[:, n * size : (n + 1) * size]
        assert torch.equal(part[having], (similarity >= cut).float())
        assert not part[~having].any()


def test_the_graph_itself_is_left_alone(toy_data) -> None:
    data = toy_data()
    ItemWords()(data)
    assert data.node_types == ["user", "item"]
    assert ITEM_WORDS not in data.edge_types


def test_repr_and_errors(toy_data) -> None:
    assert repr(ItemWords(7, given=("m0",))) == "ItemWords(num_words=7, words_per_item=3, given=['m0'])"
    for kwargs, name in (({"num_words": 0}, "num_words"), ({"words_per_item": 0}, "words_per_item")):
        with pytest.raises(ValueError, match=rf"'{name}' needs to be at least 1 in 'ItemWords'"):
            ItemWords(**kwargs)
    with pytest.raises(ValueError, match=r"'given' needs to be modalities among \['m0', 'm1'\].*got 'text'"):
        ItemWords(given=["text"])(toy_data())
    with pytest.raises(ValueError, match="'given' needs to be modalities without negative numbers"):
        ItemWords(given=["m0"])(toy_data())
    with pytest.raises(ValueError, match="at least one modality"):
        ItemWords()(toy_data(num_modalities=0))
