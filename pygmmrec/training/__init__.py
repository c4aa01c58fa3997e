"""Training loop, checkpoints and results, on Lightning Fabric."""

from pygmmrec.training.callbacks import Callback, Running
from pygmmrec.training.early_stopping import EarlyStopping
from pygmmrec.training.files.per_pair import load_per_pair
from pygmmrec.training.files.per_user import load_per_user
from pygmmrec.training.files.weights import load_ids, load_weights, save_weights
from pygmmrec.training.fit import fit
from pygmmrec.training.options import Options
from pygmmrec.training.plot import plot_curves
from pygmmrec.training.result import FitResult
from pygmmrec.training.run import Run

__all__ = [
    "Callback",
    "EarlyStopping",
    "FitResult",
    "Options",
    "Run",
    "Running",
    "fit",
    "load_ids",
    "load_per_pair",
    "load_per_user",
    "load_weights",
    "plot_curves",
    "save_weights",
]
