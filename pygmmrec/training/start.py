"""Where a run starts that goes on from an earlier one with other users and items."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.bundles.manifest import WEIGHTS, Manifest, ancestor
from pygmmrec.bundles.values import encode
from pygmmrec.graph.raw_ids import places, raw_ids
from pygmmrec.models.recommender import Recommender
from pygmmrec.training.files.saved_ids import decode_ids, encode_ids
from pygmmrec.training.files.state import load_state
from pygmmrec.training.files.weights import read_weights
from pygmmrec.training.folder import STATE
from pygmmrec.utils.check import check

logger = logging.getLogger(__name__)

WHERE = "Run"


class Start:
    """The bundle of an earlier run, for a run of the same model on another graph.

    Users and items are known by raw id: those that both graphs have keep their rows, new ones have the rows
    that the new model has drawn, and those that are gone are left behind. All other weights are copied.

    Args:
        path: The folder of the earlier run.
        model: The new model.
        data: Its graph.

    Raises:
        ValueError: If the folder is no bundle or is damaged, the model is of another class or has other
            arguments than numbers of nodes, or a graph does not say its raw ids.
    """

    def __init__(self, path: str | os.PathLike[str], model: Recommender, data: HeteroData) -> None:
        folder = Path(path)
        self.manifest = Manifest.load(folder)
        self.manifest.check_files(folder)
        self._check_model(model)
        self._model, self._path = model, folder
        saved = read_weights(folder / WEIGHTS, WHERE)
        self._tables = model.node_tables()
        kinds = sorted(set(self._tables.values()))
        for kind in kinds:
            raw_ids(data, kind, "data", WHERE)
            remedy = "Train it on a graph with raw ids"
            named = kind in decode_ids(saved.ids)
            check(
                named,
                "start_from",
                f"a bundle that knows its {kind}s by raw id",
                WHERE,
                os.fspath(path),
                remedy,
            )
        before, now = decode_ids(saved.ids), decode_ids(encode_ids(data, kinds))
        self._places = {kind: places(now[kind], before[kind]) for kind in kinds}  # [N] each
        self._weights = saved.weights
        self.kept = {kind: int((place >= 0).sum()) for kind, place in self._places.items()}
        for kind, kept in self.kept.items():
            new, gone = len(now[kind]) - kept, len(before[kind]) - kept
            logger.info("start_from: %d %ss keep their rows, %d are new, %d are gone", kept, kind, new, gone)

    @property
    def lineage(self) -> list[dict[str, Any]]:
        """The bundles that the new one goes back to, oldest first."""
        return [*self.manifest.lineage, ancestor(self.manifest, kept=self.kept)]

    def give_weights(self) -> None:
        """Put the earlier weights into the model."""
        own = self._model.state_dict()
        self._model.load_state_dict({name: self._moved(name, value, own[name])
                                     for name, value in self._weights.items()})  # fmt: skip

    def give_moments(self, optimizer: Any, name: str | dict[str, Any]) -> None:
        """Give the optimiser what that of the earlier run remembered of each row, as of its last epoch.

        New rows start at zero. Nothing is given, and a line says so, where the earlier run left no state, or
        had another optimiser or other groups of weights.

        Args:
            optimizer: That of the new run.
            name: How its settings name it.
        """
        path = self._path / STATE
        state = load_state(path) if path.is_file() else {}
        saved = state.get("optimizer", {"param_groups": []})
        sizes = [
            [len(group["params"]) for group in of["param_groups"]] for of in (saved, optimizer.state_dict())
        ]
        if sizes[0] != sizes[1] or state["config"].get("optimizer") != name:
            logger.info("start_from: the optimiser starts anew; the earlier run left no state of such a one")
            return
        names = {id(weight): key for key, weight in self._model.named_parameters()}
        weights = [weight for group in optimizer.param_groups for weight in group["params"]]
        moved = {
            index: {key: value if not isinstance(value, Tensor) or value.numel() == 1
                    else self._moved(names[id(weights[index])], value, torch.zeros_like(weights[index]))
                    for key, value in moments.items()}
            for index, moments in saved["state"].items()
        }  # fmt: skip
        optimizer.load_state_dict({"state": moved, "param_groups": optimizer.state_dict()["param_groups"]})

    def _moved(self, name: str, value: Tensor, new: Tensor) -> Tensor:
        """A weight, or what is remembered of one, by the rows of the new graph; new rows are ``new``'s."""
        value = value.to(new)
        kind = self._tables.get(name)
        if kind is not None:
            place = self._places[kind].to(new.device)
            known = (place >= 0).nonzero().squeeze(1)
            value = new.detach().index_copy(0, known, value[place[known]])
        fits = value.shape == new.shape
        wanted = f"a run whose {name!r} is {list(new.shape)}"
        check(fits, "start_from", wanted, WHERE, list(value.shape))
        return value

    def _check_model(self, model: Recommender) -> None:
        name, told = type(model).__qualname__, self.manifest.model.get("name")
        check(name == told, "model", f"of the class of 'start_from', {told}", WHERE, name)
        counts = {f"num_{kind}s" for kind in {"user", "item", *model.node_tables().values()}}
        own = {key: encode(value, key) for key, value in model.config.items() if key not in counts}
        other = {key: value for key, value in self.manifest.config.items() if key not in counts}
        keys = sorted(own.keys() | other.keys())
        differ = {key: own.get(key) for key in keys if own.get(key) != other.get(key)}
        wanted = f"one with the arguments of 'start_from', { ({key: other.get(key) for key in differ}) }"
        check(not differ, "model", wanted, WHERE, differ)
