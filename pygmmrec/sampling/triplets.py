"""Mini-batches of (user, positive, negative) for pairwise ranking."""

import logging
from collections.abc import Iterator
from typing import Any, Literal, get_args

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.graph.is_graph import check_is_graph
from pygmmrec.sampling.negatives import UniformNegatives, users_without_negatives
from pygmmrec.typing import INTERACTS, Triplets
from pygmmrec.utils.check import check, check_integer, check_seed

logger = logging.getLogger(__name__)

Candidates = Literal["train", "all"]


class TripletSampler:
    """Every training edge once per epoch, shuffled, each with one uniform negative.

    A negative is never a training item of the user. An epoch is drawn at once when it begins, from the
    sampler's own generator, so that the same seed gives the same epochs whatever else draws random numbers.
    A user that has every candidate has no negative, and so no triplet; a warning names it.

    Args:
        data_or_edge_index: A graph, of which the training edges are taken, or the edges themselves.
        batch_size: Triplets per batch; the last batch of an epoch may be smaller. (default: 2048)
        num_items: Number of items. (default: that of the graph, or the largest item index plus one)
        candidates: ``'train'`` draws negatives from items that have a training edge, the field's convention;
            ``'all'`` from all items. (default: ``'train'``)
        seed: Seed of the generator. (default: 0)
        device: Where to draw, and where the batches lie. (default: that of the edges)

    Shapes:
        edge_index [2, E]; yields user [B], pos [B], neg [B], all int64

    Raises:
        ValueError: If there are no edges, an index is out of range, or every user has every candidate.
    """

    def __init__(
        self,
        data_or_edge_index: HeteroData | Tensor,
        *,
        batch_size: int = 2048,
        num_items: int | None = None,
        candidates: Candidates = "train",
        seed: int = 0,
        device: torch.device | str | None = None,
    ) -> None:
        edge_index, raw_ids = data_or_edge_index, None
        if not isinstance(edge_index, Tensor):
            check_is_graph(edge_index, self)
            num_items = edge_index["item"].num_nodes if num_items is None else num_items
            raw_ids = edge_index["user"].get("raw_id")
            edge_index = edge_index[INTERACTS].edge_index
        self._check_edges(edge_index)
        last = int(edge_index[1].max())
        num_items = last + 1 if num_items is None else check_integer(num_items, "num_items", self)
        check(last < num_items, "num_items", f"above the largest item index, {last}", self, num_items)
        choices = get_args(Candidates)
        known = isinstance(candidates, str) and candidates in choices
        check(known, "candidates", f"one of {list(choices)}", self, candidates)

        self.batch_size = check_integer(batch_size, "batch_size", self, at_least=1)
        self.num_items = num_items
        self.candidates = candidates
        self.seed = check_seed(seed, "seed", self)
        self.device = edge_index.device
        drawn_from = (
            edge_index[1].unique()
            if candidates == "train"
            else torch.arange(num_items, device=edge_index.device)
        )  # [C]
        self._edge_index = self._with_negatives(edge_index, drawn_from.numel(), raw_ids)
        self._negatives = UniformNegatives(self._edge_index, drawn_from)
        self._generator = torch.Generator(self.device).manual_seed(self.seed)
        if device is not None:
            self.to(device)

    def _check_edges(self, edge_index: Tensor) -> None:
        shape, dtype = tuple(edge_index.shape), edge_index.dtype
        check(len(shape) == 2 and shape[0] == 2, "edge_index", "user-item pairs [2, E]", self, shape)
        check(dtype == torch.int64, "edge_index", "of type int64", self, dtype)
        check(shape[1] > 0, "edge_index", "at least one training edge", self, shape)
        low = int(edge_index.min())
        check(low >= 0, "edge_index", "free of negative indices", self, low)

    def _with_negatives(self, edge_index: Tensor, num_candidates: int, raw_ids: Any) -> Tensor:
        """The edges of users that have a candidate left to draw. [2, E]"""
        full = users_without_negatives(edge_index, num_candidates)  # [n]
        if full.numel() == 0:
            return edge_index
        known = hasattr(raw_ids, "raw")
        names = raw_ids.raw(full[:5]).tolist() if known else full[:5].tolist()
        kept = edge_index[:, ~torch.isin(edge_index[0], full)]
        remedy = "Leave such users out of the training edges" + (
            ", or draw from all items, candidates='all'" if self.candidates == "train" else ""
        )
        wanted = f"such that some user has one of the {num_candidates} candidates left to draw as a negative"
        check(kept.size(1) > 0, "edge_index", wanted, self, f"users {names} with all of them", remedy)
        what = "%d users have all %d candidates and so no triplets, but stay in the graph; the first are %s"
        logger.warning(what, full.numel(), num_candidates, names)
        return kept

    def __len__(self) -> int:
        """Batches per epoch."""
        return -(-self._edge_index.size(1) // self.batch_size)

    def __iter__(self) -> Iterator[Triplets]:
        user, pos = self._edge_index  # [E], [E]
        # In the order of the edges, which keeps the binary searches local; shuffled with them below.
        neg = self._negatives(user, self._generator)  # [E]
        order = torch.randperm(user.numel(), generator=self._generator, device=self.device)
        for index in order.split(self.batch_size):  # [B]
            yield Triplets(user[index], pos[index], neg[index])

    def to(self, device: torch.device | str) -> "TripletSampler":
        """Move to ``device``, in place. Another kind of device draws other numbers, anew from ``seed``."""
        device = torch.device(device)
        if device.type != self.device.type or device.index not in (None, self.device.index):
            self._edge_index = self._edge_index.to(device)
            self.device = self._edge_index.device
            self._negatives.to(self.device)
            self._generator = torch.Generator(self.device).manual_seed(self.seed)
        return self

    def state_dict(self) -> dict[str, Any]:
        """The generator's state: between two epochs, all that the coming epochs depend on."""
        return {"generator": self._generator.get_state(), "device": self.device.type}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue with the epochs that would have followed :meth:`state_dict`.

        Raises:
            ValueError: If the state comes from another kind of device, whose generators differ.
        """
        kind = self.device.type
        check(state["device"] == kind, "state", f"from a sampler on {kind!r}", self, state["device"])
        self._generator.set_state(state["generator"].cpu())

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(num_edges={self._edge_index.size(1)}, batch_size={self.batch_size}, "
            f"num_items={self.num_items}, candidates={self.candidates!r}, seed={self.seed}, "
            f"device='{self.device}')"
        )
