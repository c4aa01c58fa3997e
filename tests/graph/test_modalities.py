import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.graph.modalities import (
    availability,
    check_features,
    check_modalities,
    check_vectors,
    dims,
    having_all,
    layouts,
    modalities,
    modality_places,
    modality_rows,
    nodes_having,
    pooled_modalities,
    stored_features,
    zero_missing,
)


def test_every_floating_matrix_of_the_items_is_a_modality_and_nothing_else() -> None:
    data = HeteroData()
    data["user"].profile = torch.randn(3, 2)
    item = data["item"]
    item.num_nodes, item.raw_id, item.category, item.price = (
        4,
        list("abcd"),
        torch.ones(4, 2).long(),
        torch.rand(4),
    )
    assert modalities(data) == {}
    item["image"], item["text"] = torch.randn(4, 5), torch.randn(4, 6, dtype=torch.float64)
    found = modalities(data)
    assert list(found) == ["image", "text"]
    assert found["image"] is item["image"]
    assert found["text"] is item["text"]


def test_availability_of_the_modalities_that_some_items_lack() -> None:
    data = HeteroData()
    data["item"].image, data["item"].text = torch.randn(3, 2), torch.randn(3, 2)
    assert availability(data) == {}
    mask = data["item"].text_available = torch.tensor([True, False, True])
    data["item"].sound_available = mask  # of no modality that is there
    assert list(availability(data)) == ["text"]
    assert availability(data)["text"] is mask
    assert list(modalities(data)) == ["image", "text"]


def test_rows_of_what_an_item_lacks_are_zero_and_get_no_gradient() -> None:
    image, text = torch.randn(3, 2, requires_grad=True), torch.randn(3, 2)
    known = zero_missing({"image": image, "text": text}, {"image": torch.tensor([True, False, True])})
    assert torch.equal(known["image"], image * torch.tensor([[1.0], [0.0], [1.0]]))
    assert known["text"] is text
    known["image"].sum().backward()
    assert image.grad.tolist() == [[1, 1], [0, 0], [1, 1]]


def test_rows_of_some_items_and_of_their_masks() -> None:
    data = HeteroData()
    data["item"].image, data["item"].text = torch.randn(3, 2), torch.randn(3, 4)
    data["item"].text_available = torch.tensor([True, False, True])
    index = torch.tensor([1, 0, 1, 2])
    x, available = modality_rows(data, ["text", "sound"], index)
    assert list(x) == list(available) == ["text"]
    assert torch.equal(x["text"], data["item"].text[index])
    assert available["text"].tolist() == [False, True, False, True]
    x, available = modality_rows(data, ["image"], index)
    assert (list(x), list(available)) == (["image"], [])


def test_modalities_that_do_not_fit_are_errors() -> None:
    x = {"image": torch.randn(3, 2), "text": torch.randn(3, 4)}
    check_modalities(x, {"text": 4}, "Reader")
    with pytest.raises(ValueError, match=r"include the modality 'sound' in 'Reader' .*\['image', 'text'\]"):
        check_modalities(x, {"text": 4, "sound": 1}, "Reader")
    with pytest.raises(ValueError, match=r"of size 5 in modality 'text' in 'Reader' \(got \[3, 4\]\)"):
        check_modalities(x, {"text": 5}, "Reader")


def test_items_that_have_all_of_some_modalities() -> None:
    available = {"a": torch.tensor([True, True, False]), "b": torch.tensor([True, False, True])}
    assert having_all(available, "a", "b", "c").tolist() == [True, False, False]
    assert having_all(available, "b").tolist() == [True, False, True]
    assert having_all(available, "c") is None
    node, count = torch.tensor([0, 1, 2]), torch.tensor([5, 6, 7])
    assert [x.tolist() for x in nodes_having(available, node, count, "b")] == [[0, 2], [5, 7]]
    assert [x.tolist() for x in nodes_having(available, node, count, "c")] == [[0, 1, 2], [5, 6, 7]]


def test_tokens_and_maps_are_modalities_too() -> None:
    data = HeteroData()
    item = data["item"]
    item.text, item.image, item.sound = torch.randn(4, 6, 5), torch.randn(4, 3, 2, 7), torch.randn(4, 2)
    item.other, item.count = torch.randn(4, 1, 1, 1, 1), torch.ones(4, 6, 5).long()
    mask = item.image_available = torch.tensor([True, False, True, True])
    stored = stored_features(data)
    assert list(stored) == ["text", "image", "sound"]
    assert all(stored[name] is item[name] for name in stored)
    assert layouts(data) == {"text": "tokens", "image": "maps"}
    assert dims(data) == {"text": 5, "image": 3, "sound": 2}
    assert availability(data) == {"image": mask}
    pooled = pooled_modalities(data)
    torch.testing.assert_close(pooled["text"], item.text.mean(dim=1))
    torch.testing.assert_close(pooled["image"], item.image.mean(dim=(2, 3)))
    assert pooled["sound"] is item.sound
    places = modality_places(data, ["text", "image", "taste"])
    assert torch.equal(places["image"], item.image.permute(0, 2, 3, 1))
    assert list(places) == ["text", "image"]


def test_tokens_and_maps_are_errors_where_vectors_are_wanted() -> None:
    data = HeteroData()
    item = data["item"]
    item.text, item.image, item.sound = torch.randn(4, 6, 5), torch.randn(4, 3, 2, 7), torch.randn(4, 2)
    tokens = (
        r"'data\['item'\]\['text'\]' needs to be one vector for each item, \[I, F\] in 'Reader' .*tokens of "
    )
    tokens += r"shape \[4, 6, 5\].*PoolPlaces\(\)"
    with pytest.raises(ValueError, match=tokens):
        modalities(data, {"sound": 2, "text": 5}, "Reader")
    with pytest.raises(ValueError, match=r"'image'\]' needs .* in 'Reader' .*maps of shape \[4, 3, 2, 7\]"):
        modality_rows(data, ["image"], torch.tensor([1]), "Reader")
    with pytest.raises(ValueError, match=r"one vector for each item"):
        modalities(data)
    with pytest.raises(ValueError, match=r"one vector for each item"):
        check_vectors(data, ["image"], "Reader")
    check_vectors(data, ["sound", "taste"], "Reader")
    assert list(modalities(data, {"sound": 2}, "Reader")) == ["sound"]
    assert list(modality_rows(data, ["sound"], torch.tensor([1]), "Reader")[0]) == ["sound"]
    with pytest.raises(ValueError, match=r"include the modality 'taste' .*\['image', 'sound', 'text'\]"):
        check_features(data, {"taste": 2}, "Reader")
    with pytest.raises(ValueError, match="of size 4 in modality 'image'"):
        check_features(data, {"image": 4}, "Reader")


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_read_as_float32(dtype: torch.dtype) -> None:
    data = HeteroData()
    data["item"].text, data["item"].tokens = torch.randn(4, 6).to(dtype), torch.randn(4, 3, 6).to(dtype)
    index = torch.tensor([3, 1])
    for found, stored in (
        (modalities(data, {"text": 6})["text"], data["item"].text),
        (modality_rows(data, ["text"], index)[0]["text"], data["item"].text[index]),
        (modality_places(data, ["tokens"])["tokens"], data["item"].tokens),
    ):
        assert found.dtype == torch.float32
        assert torch.equal(found, stored.float())
    assert torch.equal(pooled_modalities(data)["tokens"], data["item"].tokens.float().mean(dim=1))
