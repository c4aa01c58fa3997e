import torch

from pygmmrec.kernels.ranking.pairs import among, among_ref, distinct, lookup, lookup_ref, sort_by_user


def test_sort_by_user_is_stable_and_keeps_a_sorted_list() -> None:
    pairs = torch.tensor([[2, 0, 2, 1], [0, 3, 1, 2]])
    assert sort_by_user(pairs).tolist() == [[0, 1, 2, 2], [3, 2, 0, 1]]
    done = sort_by_user(pairs)
    assert sort_by_user(done) is done
    empty = torch.empty(2, 0, dtype=torch.int64)
    assert sort_by_user(empty) is empty


def test_lookup_by_hand(edge_index) -> None:
    row, item = lookup(edge_index, torch.tensor([3, 4, 0, 3, 99]))
    assert row.tolist() == [0, 0, 2, 2, 3, 3]
    assert item.tolist() == [0, 2, 0, 1, 0, 2]


def test_lookup_is_its_plain_twin() -> None:
    pairs = sort_by_user(torch.randint(20, (2, 100)))
    for users in (torch.arange(20), torch.randint(25, (50,)), torch.arange(0)):
        for actual, expected in zip(lookup(pairs, users), lookup_ref(pairs, users), strict=True):
            assert torch.equal(actual, expected)


def test_lookup_of_nothing() -> None:
    row, item = lookup(torch.empty(2, 0, dtype=torch.int64), torch.arange(3))
    assert row.numel() == item.numel() == 0


def test_among_is_its_plain_twin() -> None:
    none = torch.empty(2, 0, dtype=torch.int64)
    for _ in range(5):
        pairs, others = torch.randint(6, (2, 40)), torch.randint(6, (2, 9))
        assert torch.equal(among(pairs, others, 6), among_ref(pairs, others))
    assert among(pairs, none, 6).tolist() == [False] * 40
    assert among(none, others, 6).tolist() == []


def test_distinct_pairs_stay_in_their_order() -> None:
    pairs = torch.tensor([[2, 0, 2, 0, 2], [0, 3, 1, 3, 0]])
    assert distinct(pairs, 4).tolist() == [[2, 0, 2], [0, 3, 1]]
    once = distinct(pairs, 4)
    assert distinct(once, 4) is once
    for _ in range(5):
        pairs = torch.randint(6, (2, 40))
        expected = list(dict.fromkeys(zip(*pairs.tolist(), strict=True)))
        assert list(zip(*distinct(pairs, 6).tolist(), strict=True)) == expected
