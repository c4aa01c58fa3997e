import pytest

from pygmmrec.nn.feature.rca_weights import RCAWeights


@pytest.mark.parametrize("start_as_identity", [False, True])
def test_weights_start_at_random_but_for_the_bias_and_a_round_that_starts_as_the_identity(
    start_as_identity,
) -> None:
    weights = RCAWeights(2, 4, start_as_identity=start_as_identity)
    shapes = {name: tuple(value.shape) for name, value in weights.named_parameters()}
    assert shapes == {
        "joint": (8, 8), "bias": (8,), "query": (2, 8, 4), "value": (2, 4, 4), "out": (2, 4, 4)
    }  # fmt: skip
    for _ in range(2):
        zero = {name for name, value in weights.named_parameters() if value.eq(0).all()}
        assert zero == ({"bias", "out"} if start_as_identity else {"bias"})
        bound = (6 / (8 + 8)) ** 0.5
        assert bound / 2 < float(weights.joint.detach().abs().max()) <= bound
        for value in weights.parameters():
            value.data.fill_(7)
        weights.reset_parameters()
