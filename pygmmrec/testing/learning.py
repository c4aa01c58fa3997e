"""Conformance: a model learns, with every weight it has, and its weights are all that it knows."""

from __future__ import annotations

import copy

import torch

from pygmmrec.testing.graphs import NUM_USERS, all_triplets
from pygmmrec.testing.suite import Suite, scores, total, train


class LearningTests(Suite):
    """Loss, gradient, weights."""

    def test_learns_a_checkerboard(self) -> None:
        """Users like items of their own parity; what is held out of these ranks above all others."""
        num = 20
        user, item = ((torch.arange(num)[:, None] + torch.arange(num)) % 2 == 0).nonzero().t()
        held_out = (user // 2 * 3 + item // 2) % 10 < 2  # two of ten for each user
        data = self.graph(torch.stack([user, item])[:, ~held_out], num, num, dtype=torch.float32)
        model = self.build(data)
        train(model, data, epochs=20, lr=0.02)
        best, _ = model.recommend(data, torch.arange(num), 2, exclude="train")
        expected = item[held_out].view(num, 2)
        hits = sum(len(set(a) & set(b)) for a, b in zip(best.tolist(), expected.tolist(), strict=True))
        assert hits >= 0.95 * 2 * num  # chance: one in six

    def test_the_loss_is_named_scalars_and_training_lowers_their_sum(self) -> None:
        model, data = self.ready()
        batch = all_triplets(data)
        terms = model.loss(data, batch)
        assert all(value.dim() == 0 and value.isfinite() for value in terms.values())
        before = total(terms).item()
        train(model, data, epochs=5, lr=0.02)
        assert total(model.loss(data, batch)).item() < before

    def test_the_gradient_reaches_every_element_of_every_weight(self) -> None:
        model, data = self.ready()
        batch = all_triplets(data)
        trained = {name: value for name, value in model.named_parameters() if value.requires_grad}
        reached = {name: torch.zeros_like(value) for name, value in trained.items()}
        for seed in range(6):  # a unit of a ReLU may be dead for one draw
            torch.manual_seed(seed)
            model.reset_parameters()
            model.zero_grad()
            graph = copy.copy(data)
            model.refresh(graph)
            total(model.loss(graph, batch)).backward()
            for name, value in trained.items():
                assert value.grad is not None, name
                assert value.grad.isfinite().all(), name
                reached[name] += value.grad.abs()
        assert [name for name, value in reached.items() if not value.ne(0).all()] == []

    def test_reset_parameters_draws_everything_again(self) -> None:
        model, _ = self.ready()
        before = {name: value.detach().clone() for name, value in model.named_parameters()}
        with torch.no_grad():
            for value in model.parameters():
                value.fill_(77)
        model.reset_parameters()
        for name, value in model.named_parameters():
            assert not value.eq(77).any(), name
            constant = value.eq(value.flatten()[0]).all()  # zeros of a bias, ones of a norm
            assert constant or not torch.equal(value, before[name]), name

    def test_a_reloaded_model_ranks_the_same(self) -> None:
        model, data = self.ready()
        train(model, data, epochs=2, lr=0.02)
        other = type(model)(**model.config).double()
        assert not torch.equal(scores(other, data), scores(model, data))
        other.load_state_dict(model.state_dict())
        assert torch.equal(scores(other, data), scores(model, data))
        users = torch.arange(NUM_USERS)
        ours, theirs = (m.recommend(data, users, 5, exclude="train")[0] for m in (model, other))
        assert torch.equal(ours, theirs)

    def test_under_autocast(self) -> None:
        data = self.graph(dtype=torch.float32)
        model, batch = self.build(data), all_triplets(data)
        torch.manual_seed(1)  # both losses have the same noise
        plain = total(model.loss(data, batch)).item()
        torch.manual_seed(1)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = total(model.loss(data, batch))
        loss.backward()
        assert abs(loss.item() - plain) <= 0.05 * abs(plain)
        assert all(value.grad is None or value.grad.isfinite().all() for value in model.parameters())
