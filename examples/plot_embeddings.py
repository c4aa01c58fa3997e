"""What trained models have made of the items: t-SNE and kernel densities, side by side.

    python examples/plot_embeddings.py --run runs/mambarec runs/lightgcn --output runs/embeddings
    python examples/plot_embeddings.py --run runs/crane-tiktok --root path/to/tiktok --output runs/embeddings

A run is a folder that `fit` or `Run` has written. Without one, a model is trained on synthetic data first.
The upper row has the fused item embeddings where t-SNE places them in the plane, over the kernel density of
these points (after figure 7 of MambaRec, arXiv 2509.09114). The lower row has the kernel density of their
angles seen from the centre (after figure 8): a flat curve is an even spread.

    python examples/plot_embeddings.py --run runs/crane runs/freedom --users 8 --output runs/embeddings

With --users, the upper row has so many users, as stars, and the items that they interacted with in their
colour, as in figure 6 of CRANE (arXiv 2601.11151). The folder then holds embeddings.png.
"""

import argparse
import logging
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.manifold import TSNE
from sklearn.neighbors import KernelDensity
from torch_geometric import seed_everything
from torch_geometric.data import HeteroData

import pygmmrec.models
from pygmmrec.datasets import load_dataset
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.kernels.runtime.eval_mode import eval_mode
from pygmmrec.models import MambaRec
from pygmmrec.training import FitResult, fit
from pygmmrec.training.files.weights import load_weights
from pygmmrec.typing import INTERACTS, Embeddings

GRID = 60
"""Points of a density along each axis."""


def train(folder: Path, epochs: int) -> None:
    """A run to draw where none is given."""
    data = MambaRec.prepare(load_dataset("synthetic")[0])
    fit(MambaRec.from_data(data), data, epochs=epochs, lr=3e-3, output=folder, dataset="synthetic")


def embeddings(folder: Path, root: str | None) -> tuple[str, HeteroData, Embeddings]:
    """Name of a run, its graph, and its fused embeddings [U, D] and [I, D] scaled to length one."""
    result = FitResult.load(folder / "result.json")
    cls = getattr(pygmmrec.models, result.model)
    data = cls.prepare(load_dataset(result.dataset, root)[0])
    model = cls(**result.config["model"])
    load_weights(model, folder / "model.safetensors", data)
    with eval_mode(model):
        user, item = model(data)
    return f"{result.model} ({folder.name})", data, Embeddings(unit_rows(user), unit_rows(item))


def in_the_plane(rows: np.ndarray, seed: int) -> np.ndarray:
    """Where t-SNE places rows [N, D], around the origin and within 1 of it: [N, 2]."""
    perplexity = min(30, (len(rows) - 1) / 3)
    points = TSNE(perplexity=perplexity, random_state=seed).fit_transform(rows)
    points = points - points.mean(axis=0)
    return points / np.abs(points).max()


def some_users(data: HeteroData, number: int, seed: int) -> list[tuple[int, np.ndarray]]:
    """Users with 5 to 50 training edges, drawn from the seed, and their items."""
    user, item = data[INTERACTS].edge_index.numpy()
    degree = np.bincount(user, minlength=data["user"].num_nodes)
    fit_to_draw = np.flatnonzero((degree >= 5) & (degree <= 50))
    chosen = np.random.default_rng(seed).permutation(fit_to_draw)[:number]
    return [(int(each), item[user == each]) for each in chosen]


def draw_users(
    plane: Axes, name: str, out: Embeddings, users: list[tuple[int, np.ndarray]], seed: int
) -> None:
    """Users as stars, and their items around them; an item of several users has the colour of the last."""
    sizes = [1 + len(items) for _, items in users]
    rows = np.concatenate([np.vstack([out.user[user][None], out.item[items]]) for user, items in users])
    points = np.split(in_the_plane(rows, seed), np.cumsum(sizes)[:-1])
    for number, own in enumerate(points):
        plane.scatter(*own[1:].T, s=8, color=f"C{number}", linewidths=0)
        plane.scatter(*own[0], s=120, marker="*", color=f"C{number}", edgecolors="black", linewidths=0.6)
    plane.set(title=name, xticks=[], yticks=[], aspect="equal")


def draw(plane: Axes, circle: Axes, name: str, points: np.ndarray) -> None:
    """Points [N, 2] over their density, and the density of their angles."""
    axis = np.linspace(-1.1, 1.1, GRID)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    width = points.std() * len(points) ** (-1 / 6)  # Scott's rule in the plane
    density = np.exp(KernelDensity(bandwidth=width).fit(points).score_samples(grid)).reshape(GRID, GRID)
    plane.contourf(axis, axis, density, levels=12, cmap="Blues")
    plane.scatter(*points.T, s=2, color="black", alpha=0.4, linewidths=0)
    plane.set(title=name, xticks=[], yticks=[], aspect="equal")

    angle = np.arctan2(points[:, 1], points[:, 0])
    around = np.concatenate([angle - 2 * np.pi, angle, angle + 2 * np.pi])[:, None]  # a circle has no ends
    at = np.linspace(-np.pi, np.pi, 200)
    height = 3 * np.exp(KernelDensity(bandwidth=0.2).fit(around).score_samples(at[:, None]))
    circle.fill_between(at, height, alpha=0.4)
    circle.axhline(1 / (2 * np.pi), color="grey", linewidth=0.8)
    circle.set(xlabel="angle", xlim=(-np.pi, np.pi))


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--run", nargs="+", type=Path, default=[], help="folders of trained models")
parser.add_argument("--root", help="folder of the data set of the runs; 'synthetic' needs none")
parser.add_argument("--sample", type=int, default=1000, help="most items to draw")
parser.add_argument("--users", type=int, default=0, help="draw so many users with their items instead")
parser.add_argument("--epochs", type=int, default=20, help="of the model to train where no run is given")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--output", type=Path, default=Path("runs/embeddings"))
args = parser.parse_args()
logging.basicConfig(level=logging.INFO, format="%(message)s")
seed_everything(args.seed)
args.output.mkdir(parents=True, exist_ok=True)
if not args.run:
    args.run = [args.output / "mambarec"]
    train(args.run[0], args.epochs)

num_rows = 1 if args.users else 2
figure = Figure(figsize=(4 * len(args.run), 3 * num_rows + num_rows % 2), layout="constrained")
axes = figure.subplots(num_rows, len(args.run), squeeze=False, height_ratios=[3, 1][:num_rows], sharey="row")
for column, folder in zip(axes.T, args.run, strict=True):
    name, data, out = embeddings(folder, args.root)
    if args.users:
        draw_users(column[0], name, out, some_users(data, args.users, args.seed), args.seed)
    else:
        chosen = np.random.default_rng(args.seed).permutation(len(out.item))[: args.sample]
        draw(*column, name, in_the_plane(out.item[chosen].numpy(), args.seed))
if not args.users:
    axes[1, 0].set_ylabel("density")
    axes[1, 0].set_ylim(bottom=0)
figure.savefig(args.output / "embeddings.png", dpi=150)
print(f"Drawn in {args.output / 'embeddings.png'}")
