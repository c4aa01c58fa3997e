import pytest
import torch

from pygmmrec.nn import PromptAttention


@pytest.mark.parametrize("num_prompts", [1, 3])
def test_against_the_formula_node_by_node(num_prompts) -> None:
    module = PromptAttention(5, num_prompts=num_prompts).double()
    query, token = torch.randn(2, 6, 5, dtype=torch.float64)
    available = torch.tensor([True, True, False, True, False, True])
    out, everywhere = module(query, token, available), module(query, token)
    for n in range(6):
        keys = [*module.prompt, token[n]]
        for found, tokens in ((everywhere, keys), (out, keys if available[n] else keys[:-1])):
            weight = torch.stack([(query[n] @ key / 5**0.5).exp() for key in tokens])
            expected = query[n] + sum(w * key for w, key in zip(weight / weight.sum(), tokens, strict=True))
            torch.testing.assert_close(found[n], expected, rtol=1e-12, atol=1e-12)


def test_gradient_reaches_all() -> None:
    module = PromptAttention(3, num_prompts=2).double()
    query, token = (torch.randn(4, 3, dtype=torch.float64, requires_grad=True) for _ in range(2))
    mask = torch.tensor([True, False, True, True])
    assert torch.autograd.gradcheck(lambda q, t, _: module(q, t, mask), (query, token, module.prompt))
    module(query, token, mask).sum().backward()
    assert module.prompt.grad.ne(0).all()
    assert torch.equal(token.grad.ne(0).all(dim=1), mask)


def test_reset_parameters_repr_and_errors() -> None:
    module = PromptAttention(5, num_prompts=2)
    torch.nn.init.constant_(module.prompt, 77)
    module.reset_parameters()
    assert not module.prompt.eq(77).any()
    assert repr(module) == "PromptAttention(5, num_prompts=2)"
    for kwargs, name in (({"channels": 0}, "channels"), ({"channels": 2, "num_prompts": 0}, "num_prompts")):
        with pytest.raises(ValueError, match=rf"'{name}' needs to be at least 1 in 'PromptAttention'"):
            PromptAttention(**kwargs)
    with pytest.raises(ValueError, match=r"'token' needs to be of shape \[7, 5\] in 'PromptAttention'"):
        module(torch.zeros(7, 5), torch.zeros(7, 4))
