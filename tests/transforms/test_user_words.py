import math

import pytest
import torch

from pygmmrec.transforms import ItemWords, UserWords
from pygmmrec.typing import INTERACTS, USER_WORDS

NUM_USERS, NUM_ITEMS, NUM_WORDS = 9, 11, 5


@pytest.fixture
def data(toy_data):
    data = toy_data(num_modalities=1)
    data["item"]["m0"] = (torch.randint(0, 4, (NUM_ITEMS, NUM_WORDS)) - 2).clamp(min=0).double()
    data["item"]["m0"][:, 4] = 0
    data["item"]["m0"][0, 4] = 2  # a rare word
    return ItemWords(given=["m0"])(data)


@pytest.mark.parametrize(("min_df", "max_df"), [(1, 1.0), (4, 1.0), (1, 0.8), (5, 0.9)])
def test_against_the_formula_user_by_user(data, to_dense, min_df, max_df) -> None:
    known = torch.zeros(NUM_USERS, NUM_ITEMS, dtype=torch.float64)
    known[data[INTERACTS].edge_index[0], data[INTERACTS].edge_index[1]] = 1
    count = known @ data["item"]["m0"]
    num_having = (count > 0).sum(dim=0).tolist()
    expected = torch.zeros_like(count)
    for s, having in enumerate(num_having):
        if min_df <= having <= max_df * NUM_USERS:
            expected[:, s] = count[:, s] * (1 + math.log((1 + NUM_USERS) / (1 + having)))
    kept = expected.any(dim=0)
    assert kept.any()
    assert kept.all() == (min_df == max_df == 1)
    length = expected.norm(dim=1, keepdim=True)
    expected = torch.where(length > 0, expected / length, 0.0)
    store = UserWords(min_df, max_df)(data)[USER_WORDS]
    actual = to_dense(store.edge_index, store.edge_weight, (NUM_WORDS, NUM_USERS)).double()
    torch.testing.assert_close(actual, expected, rtol=1e-6, atol=1e-6)
    assert store.edge_weight.gt(0).all()


def test_repr_and_errors(toy_data) -> None:
    assert repr(UserWords(5, 0.6)) == "UserWords(min_df=5, max_df=0.6)"
    for args, name in (((0, 1.0), "min_df"), ((1, 0.0), "max_df"), ((1, 1.5), "max_df")):
        with pytest.raises(ValueError, match=rf"'{name}' needs to be .* in 'UserWords'"):
            UserWords(*args)
    with pytest.raises(ValueError, match=r"a graph with words of items .* Apply ItemWords first"):
        UserWords()(toy_data())
