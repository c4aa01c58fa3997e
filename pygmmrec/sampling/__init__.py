"""Rank: mini-batches for training."""

from pygmmrec.sampling.negatives import UniformNegatives
from pygmmrec.sampling.triplets import TripletSampler

__all__ = ["TripletSampler", "UniformNegatives"]
