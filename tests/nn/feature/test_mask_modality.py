import pytest
import torch

from pygmmrec.nn import MaskModality


def test_one_modality_of_each_node_is_hidden_and_the_rest_is_left_alone() -> None:
    x = torch.randn(50, 3, 4, dtype=torch.float64)
    out = MaskModality()(x)
    hidden = (out == 0).all(dim=2)  # [N, M]
    assert hidden.sum(dim=1).eq(1).all()
    assert torch.equal(out[~hidden], x[~hidden])


def test_all_modalities_are_equally_likely_and_nodes_draw_for_themselves() -> None:
    hidden = MaskModality()(torch.ones(6000, 3, 1)).eq(0).squeeze(2).double()
    assert hidden.mean(dim=0).sub(1 / 3).abs().max() < 0.03  # five standard deviations
    assert (hidden[:-1] * hidden[1:]).sum(dim=1).mean().sub(1 / 3).abs() < 0.04  # neighbours agree by chance


def test_gradients_skip_what_is_hidden() -> None:
    x = torch.randn(5, 2, 3, requires_grad=True)
    out = MaskModality()(x)
    out.sum().backward()
    assert torch.equal(x.grad, (out != 0).float())


def test_two_draws_differ_and_evaluation_hides_nothing() -> None:
    layer, x = MaskModality(), torch.randn(20, 2, 3)
    assert not torch.equal(layer(x), layer(x))
    assert layer.eval()(x) is x
    assert repr(layer) == "MaskModality()"


@pytest.mark.parametrize("shape", [(4, 1, 3), (4, 3)])
def test_wrong_input_is_an_error(shape) -> None:
    with pytest.raises(ValueError, match=r"'x' needs to be \[N, M, D\] with at least 2 .* in 'MaskModality'"):
        MaskModality()(torch.zeros(shape))
