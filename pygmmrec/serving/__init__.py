"""A trained model that answers: loaded from its bundle, asked by raw ids."""

from pygmmrec.serving.explain import Explanation, Parts
from pygmmrec.serving.load import load
from pygmmrec.serving.served import Served

__all__ = ["Explanation", "Parts", "Served", "load"]
