import math

import pytest
import torch

from pygmmrec.nn import NoiseSchedule


def dense(num_steps: int, scale: float, low: float, high: float) -> dict[str, list[float]]:
    """Number by number."""
    spread = max(num_steps - 1, 1)
    v = [scale * (low + (high - low) * t / spread) for t in range(num_steps)]
    beta = [1e-4] + [min(1 - (1 - v[t]) / (1 - v[t - 1]), 0.999) for t in range(1, num_steps)]
    kept = [math.prod(1 - b for b in beta[: t + 1]) for t in range(num_steps)]
    before = [1.0, *kept[:-1]]
    steps = range(num_steps)
    variance = [beta[t] * (1 - before[t]) / (1 - kept[t]) for t in steps]
    variance[0] = variance[min(1, num_steps - 1)]
    return {
        "alpha_bar": kept,
        "of_predicted": [beta[t] * before[t] ** 0.5 / (1 - kept[t]) for t in steps],
        "of_noisy": [(1 - before[t]) * (1 - beta[t]) ** 0.5 / (1 - kept[t]) for t in steps],
        "variance": variance,
    }


@pytest.mark.parametrize("settings", [(5, 0.1, 1e-4, 0.02), (1, 0.1, 1e-4, 0.02), (20, 1.0, 1e-3, 0.5)])
def test_its_numbers(settings) -> None:
    num_steps, scale, low, high = settings
    schedule = NoiseSchedule(num_steps, scale=scale, low=low, high=high)
    for name, expected in dense(*settings).items():
        assert getattr(schedule, name) == pytest.approx(expected, rel=1e-9)
    assert schedule.of_predicted[0] == pytest.approx(1)
    assert schedule.of_noisy[0] == 0


def test_noise_and_weights_are_of_each_rows_step() -> None:
    schedule, step = NoiseSchedule(4, scale=1.0, high=0.4), torch.tensor([0, 3, 1])
    x, noise = torch.randn(3, 5, dtype=torch.float64), torch.randn(3, 5, dtype=torch.float64)
    kept = [schedule.alpha_bar[t] for t in step]
    expected = [k**0.5 * row + (1 - k) ** 0.5 * e for k, row, e in zip(kept, x, noise, strict=True)]
    torch.testing.assert_close(schedule.add(x, step, noise), torch.stack(expected))
    ratio = [k / (1 - k) for k in schedule.alpha_bar]
    weight = [1.0, ratio[2] - ratio[3], ratio[0] - ratio[1]]
    assert schedule.weight(step).tolist() == pytest.approx(weight)


def test_backwards_from_the_last_step_to_the_first() -> None:
    schedule, seen = NoiseSchedule(3, scale=1.0, high=0.4), []

    def predict(x, step):
        seen.append(step.tolist())
        return 2 * x + 1

    x = expected = torch.randn(2, 4, dtype=torch.float64)
    for t in (2, 1, 0):
        expected = schedule.of_predicted[t] * (2 * expected + 1) + schedule.of_noisy[t] * expected
    torch.testing.assert_close(schedule.reverse(predict, x), expected)
    assert seen == [[2, 2], [1, 1], [0, 0]]
    draws = [torch.randn(50_000, 1, dtype=torch.float64) * 0 for _ in range(1)]
    sampled = schedule.reverse(lambda x, _: torch.zeros_like(x), draws[0], noisy=True)
    assert not sampled.any()  # the last step leaves what is predicted
    before = schedule.reverse(lambda x, step: x if int(step[0]) == 0 else 0 * x, draws[0], noisy=True)
    spread = schedule.variance[2] * schedule.of_noisy[1] ** 2 + schedule.variance[1]
    assert before.var().item() == pytest.approx(spread, rel=0.05)


def test_repr_and_errors() -> None:
    assert repr(NoiseSchedule(3)) == "NoiseSchedule(3, scale=0.1, low=0.0001, high=0.02)"
    with pytest.raises(ValueError, match="'num_steps' needs to be at least 1 in 'NoiseSchedule'"):
        NoiseSchedule(0)
    with pytest.raises(ValueError, match="'high' needs to be at least 'low'"):
        NoiseSchedule(low=0.1, high=0.01)
