import pytest
import torch

from pygmmrec.nn import Purify


def test_features_gate_the_behaviour() -> None:
    module = Purify({"image": 5, "text": 3}, 4).double()
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter)
    x = {"text": torch.randn(7, 3, dtype=torch.float64), "image": torch.randn(7, 5, dtype=torch.float64)}
    behaviour = torch.randn(7, 4, dtype=torch.float64, requires_grad=True)
    out = module(x, behaviour)
    assert list(out) == ["image", "text"]
    for name, lin in module.gate.lins.items():
        gate = 1 / (1 + torch.exp(-(x[name] @ lin.weight.t() + lin.bias)))
        torch.testing.assert_close(out[name], gate * behaviour, rtol=1e-10, atol=1e-10)
    sum(value.sum() for value in out.values()).backward()
    assert all(value.grad.ne(0).all() for value in (behaviour, *module.parameters()))


def test_reset_parameters_repr_and_errors() -> None:
    module = Purify({"image": 5}, 4)
    for value in module.parameters():
        torch.nn.init.constant_(value, 77)
    module.reset_parameters()
    assert not any(value.eq(77).any() for value in module.parameters())
    assert repr(module) == "Purify({'image': 5}, 4)"
    with pytest.raises(ValueError, match="at least one modality"):
        Purify({}, 4)
    with pytest.raises(ValueError, match=r"include the modality 'image' .*\['text'\]"):
        module({"text": torch.zeros(7, 5)}, torch.zeros(7, 4))
