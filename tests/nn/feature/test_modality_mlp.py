import pytest
import torch

from pygmmrec.nn import ModalityMLP


@pytest.mark.parametrize("num_modalities", [1, 2, 3])
def test_it_is_the_formula_and_zero_where_a_modality_is_not_there(num_modalities: int) -> None:
    sizes = {f"m{m}": 3 + m for m in range(num_modalities)}
    mlp = ModalityMLP(sizes, 5, 4).double()
    for weight in mlp.parameters():
        torch.nn.init.normal_(weight)
    x = {name: torch.randn(6, size, dtype=torch.float64) for name, size in sizes.items()}
    available = {"m0": torch.tensor([True, False, True, True, False, True])}
    out = mlp(x, available)
    assert list(out) == list(sizes)
    for name in sizes:
        first, second = mlp.hidden.lins[name], mlp.out.lins[name]
        h = x[name] @ first.weight.t() + first.bias
        expected = torch.where(h > 0, h, 0.01 * h) @ second.weight.t() + second.bias
        if name in available:
            expected = expected * available[name][:, None]
        torch.testing.assert_close(out[name], expected)


def test_all_weights_are_drawn_again() -> None:
    mlp = ModalityMLP({"m0": 3}, 5, 4)
    before = {name: value.clone() for name, value in mlp.state_dict().items()}
    for weight in mlp.parameters():
        torch.nn.init.ones_(weight)
    mlp.reset_parameters()
    for name, value in mlp.state_dict().items():
        assert torch.equal(value, torch.zeros_like(value)) if name.endswith("bias") else not value.eq(1).any()
        assert value.shape == before[name].shape


def test_its_text_and_wrong_sizes() -> None:
    assert repr(ModalityMLP({"m0": 3}, 5, 4)) == "ModalityMLP({'m0': 3}, 5, 4)"
    with pytest.raises(ValueError, match="'hidden_channels' needs to be"):
        ModalityMLP({"m0": 3}, 0, 4)
