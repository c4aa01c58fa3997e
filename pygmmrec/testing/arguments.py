"""Conformance: arguments are checked, kept under their names and shown."""

from __future__ import annotations

import inspect

import pytest
import torch

from pygmmrec.testing.graphs import NUM_ITEMS, NUM_USERS
from pygmmrec.testing.suite import Suite


class ArgumentTests(Suite):
    """What the constructor takes."""

    def test_repr_shows_every_argument_and_builds_the_model_again(self) -> None:
        model, _ = self.ready()
        arguments = inspect.signature(self.model).parameters
        assert list(model.config) == list(arguments)
        assert all(f"{argument}=" in repr(model) for argument in arguments)
        again = eval(repr(model), {self.model.__name__: self.model})
        assert again.config == model.config
        assert repr(again) == repr(model)
        ours, theirs = ({key: value.shape for key, value in m.state_dict().items()} for m in (model, again))
        assert ours == theirs

    def test_every_argument_is_kept_as_it_was_given(self) -> None:
        """An argument that were read under another name would come back as its default."""
        data = self.graph()
        for argument, parameter in inspect.signature(self.model).parameters.items():
            default = parameter.default
            if isinstance(default, bool):
                assert self.build(data, **{argument: not default}).config[argument] is not default
            elif isinstance(default, (int, float)):
                value = default + 1 if isinstance(default, int) else default / 2 or 0.5
                assert self.build(data, **{argument: value}).config[argument] == value

    def test_arguments_beyond_the_sizes_are_given_by_name(self) -> None:
        parameters = inspect.signature(self.model).parameters.values()
        by_place = [p.name for p in parameters if p.kind is not inspect.Parameter.KEYWORD_ONLY]
        assert by_place in (["num_users", "num_items"], ["num_users", "num_items", "modality_dims"])
        assert all(p.annotation is not inspect.Parameter.empty for p in parameters)

    def test_wrong_arguments_are_errors(self) -> None:
        model, data = self.ready()
        name = self.model.__name__
        with pytest.raises(TypeError, match="not_an_argument"):
            self.build(data, not_an_argument=8)
        with pytest.raises(ValueError, match=rf"'num_users' needs to be at least 1 in '{name}'"):
            self.build(data, num_users=0)
        with pytest.raises(ValueError, match=rf"'num_items' needs to be at least 1 in '{name}'"):
            self.build(data, num_items=0)
        with pytest.raises(ValueError, match=r"'user_index' needs to be between 0 and 8"):
            model.recommend(data, torch.tensor([NUM_USERS]), 2)
        with pytest.raises(ValueError, match="'k' needs to be"):
            model.recommend(data, torch.tensor([0]), NUM_ITEMS + 1)
