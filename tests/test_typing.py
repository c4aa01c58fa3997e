import torch

from pygmmrec import typing
from pygmmrec.typing import INTERACTS, PROFILES, REV_INTERACTS, Embeddings, Triplets, item_edge_type


def test_edge_types_are_told_apart_and_run_the_way_their_names_say() -> None:
    assert INTERACTS == ("user", "interacts", "item")
    assert (REV_INTERACTS[0], REV_INTERACTS[2]) == (PROFILES[0], PROFILES[2]) == ("item", "user")
    assert len({INTERACTS, REV_INTERACTS, PROFILES, typing.USER_GRAPH, typing.VALID, typing.TEST}) == 6
    assert {typing.ITEM_WORDS[0], typing.USER_WORDS[0]} == {"word"}
    assert (typing.ITEM_WORDS[2], typing.USER_WORDS[2]) == ("item", "user")
    assert item_edge_type("image_knn") == ("item", "image_knn", "item")


def test_tuples_unpack_in_the_order_of_their_names() -> None:
    user, item, neg = torch.zeros(1), torch.ones(2), torch.ones(3)
    assert Embeddings(user=user, item=item)[1] is item
    assert [x.numel() for x in Triplets(user=user, pos=item, neg=neg)] == [1, 2, 3]
