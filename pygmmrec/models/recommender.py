"""The contract that every model keeps."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import partial, wraps
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform
from torch_geometric.typing import NodeType

from pygmmrec.graph.is_graph import check_is_graph
from pygmmrec.graph.modalities import check_vectors, dims, layouts
from pygmmrec.graph.node_index import check_node_index
from pygmmrec.graph.raw_ids import NodeIds, id_digests, num_nodes
from pygmmrec.kernels.ranking.exclude import Exclude, exclude_edges
from pygmmrec.kernels.ranking.inner_products import inner_products
from pygmmrec.kernels.ranking.rank import default_block_size, rank
from pygmmrec.kernels.runtime.eval_mode import eval_mode
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.models.arguments import checked_arguments
from pygmmrec.models.drawn import draw_once, drawn_by_argument, weights_seed
from pygmmrec.models.node_tables import Rule, declared_tables, grow_tables, known_places, select_tables
from pygmmrec.models.user_index import Users, user_indices
from pygmmrec.transforms import BipartiteNorm, Prepare, ToAdj
from pygmmrec.transforms.to_adj import is_current
from pygmmrec.typing import INTERACTS, PREPARED, THINNED, EdgeType, Embeddings, Triplets
from pygmmrec.utils.check import check, check_arguments, check_integer, check_seed
from pygmmrec.utils.seed import seeded

if TYPE_CHECKING:
    from typing_extensions import Self


class Recommender(nn.Module, ABC):
    """Base class of all models: graph in, user and item embeddings out.

    A subclass sets every constructor argument as an attribute of the same name; :attr:`config` and ``repr``
    read them from there. The graph is an argument of every method and never kept.

    Constructors get plain values, checked by their names and annotations, see
    :func:`~pygmmrec.models.arguments.checked_arguments`. Weights are drawn from torch's global generator if
    somebody seeded it, and otherwise from seed 0, so that two processes build the same model.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
    """

    rows_of: Mapping[NodeType, str] = MappingProxyType({})
    """Digests of the raw ids that the rows of tables are of, by node type, as far as :meth:`from_data` was
    told; a file of weights has them too, and weights of other users or items are refused."""

    def __init__(self, num_users: int, num_items: int) -> None:
        super().__init__()
        self.num_users = check_integer(num_users, "num_users", self, at_least=1)
        self.num_items = check_integer(num_items, "num_items", self, at_least=1)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "__init__" in cls.__dict__:
            cls.__init__ = _constructor(cls.__init__)  # type: ignore[method-assign]

    @classmethod
    def from_data(cls, data: HeteroData, *, seed: int | None = None, **config: Any) -> Self:
        """Build a model for a graph: sizes come from the graph, everything else from ``config``.

        Args:
            data: The graph: its number of users and items and, where the model wants features, their sizes
                and layouts.
            seed: Seed of the weights; torch's global generators are left as they were. (default: ``None``,
                what :func:`torch.manual_seed` says, or 0 where nobody called it)
            config: Arguments of the constructor; an unknown one is a :class:`TypeError`.

        Raises:
            ValueError: If something else than a graph was given, or one whose features have places, tokens or
                maps, where the model takes vectors.
        """
        check_is_graph(data, f"{cls.__name__}.from_data")
        for kind in ("user", "item"):
            known = kind in data.node_types and data[kind].num_nodes is not None
            check(known, "data", f"a graph with the number of its {kind}s", cls.__name__, data.node_types)
        sizes: dict[str, Any] = {"num_users": data["user"].num_nodes, "num_items": data["item"].num_nodes}
        parameters = inspect.signature(cls).parameters
        for name, of_graph in {"modality_dims": dims, "data_dims": dims, "layouts": layouts}.items():
            if name in parameters and name not in config:
                sizes[name] = of_graph(data)
        check_arguments(config, cls, cls.__name__)
        if seed is None:
            model = cls(**{**sizes, **config})
        else:
            with seeded(check_seed(seed, "seed", f"{cls.__name__}.from_data")):
                model = cls(**{**sizes, **config})
            drawn_by_argument(model)
        if "modality_dims" in parameters and "layouts" not in parameters:  # it sees no places
            check_vectors(data, model.config["modality_dims"], cls.__name__)
        model.rows_of = id_digests(data)
        return model

    @classmethod
    def prepare(cls, data: HeteroData, **settings: Any) -> HeteroData:
        """The graph that the paper freezes, stamped with the model and its settings; ``data`` stays as it is.

        Args:
            data: The graph as a data set gives it.
            settings: Arguments of :meth:`pre_transform`; an unknown one is a :class:`TypeError`.

        Raises:
            ValueError: If another model prepared the graph.
        """
        check_is_graph(data, f"{cls.__name__}.prepare")
        check_arguments(settings, cls.pre_transform, f"{cls.__name__}.prepare")
        transform = cls.pre_transform(**settings)
        prepare = transform if isinstance(transform, Prepare) else Prepare(cls.__name__, [transform])
        prepared: HeteroData = prepare(data)
        return prepared

    @classmethod
    def pre_transform(cls) -> BaseTransform:
        """What :meth:`prepare` applies, for a data set to cache under its ``repr``."""
        return Prepare(cls.__name__, [BipartiteNorm(), ToAdj()])

    @staticmethod
    def epoch_transform() -> BaseTransform | None:
        """The graph that the paper draws anew each epoch; ``None`` if it draws none. Training only."""
        return None

    def check_graph(self, data: HeteroData) -> None:
        """Look at a graph before it is trained or evaluated on.

        Raises:
            ValueError: If it is no graph or has no training edges, is of other users or items, another model
                prepared it, or an epoch transform thinned it out.
        """
        check_is_graph(data, self)
        edges = INTERACTS in data.edge_types
        check(
            edges, "data", f"a graph with edges {INTERACTS}", self, data.edge_types, "See build_hetero_data"
        )
        for kind, size in (("user", self.num_users), ("item", self.num_items)):
            found = data[kind].num_nodes if kind in data.node_types else 0
            check(found == size, "data", f"a graph with {size} nodes of type {kind!r}", self, found)
        stamp, own = data.get(PREPARED), type(self).__name__
        fine = stamp is None or stamp["model"] in [base.__name__ for base in type(self).__mro__]
        remedy = f"Call {own}.prepare(data) on the graph as the data set gives it"
        check(fine, "data", f"a graph that {own} prepared", self, stamp, remedy)
        remedy = "An epoch's graph is for training steps only"
        check(THINNED not in data, "data", "a graph with all its edges", self, data.get(THINNED), remedy)

    def adj(self, data: HeteroData, edge_type: EdgeType) -> Adj:
        """The matrix of an edge type, ``data[edge_type].matrix``.

        Raises:
            ValueError: If the graph has none, since the model did not prepare it, or one of other edges,
                since it was sampled or changed afterwards.
        """
        ready = edge_type in data.edge_types and "matrix" in data[edge_type]
        remedy = f"Call {type(self).__name__}.prepare(data) first"
        check(ready, "data", f"a graph with the 'matrix' of {edge_type}", self, data.edge_types, remedy)
        adj: Adj = data[edge_type].matrix
        current, remedy = is_current(data, edge_type), "Call ToAdj()(data) after sampling or changing edges"
        check(current, "data", f"a graph whose 'matrix' of {edge_type} is of its edges", self, adj, remedy)
        return adj

    @property
    def config(self) -> dict[str, Any]:
        """The arguments that would build this model again."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    @abstractmethod
    def reset_parameters(self) -> None:
        """Draw all parameters again."""

    @abstractmethod
    def forward(self, data: HeteroData) -> Embeddings:
        """Embeddings of all users [U, D] and items [I, D]."""

    @abstractmethod
    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        """The named terms of the loss, scalars with their weights applied; training minimises their sum."""

    def refresh(self, data: HeteroData) -> None:
        """Called once per epoch, before its first step, with the epoch's graph. Does nothing by default."""

    def score(self, out: Embeddings, user_index: Tensor) -> Tensor:
        """Scores of all items for some users: [B] to [B, I]; the dot product by default."""
        return inner_products(out.user[user_index], out.item)

    def score_items(self, out: Embeddings, user_index: Tensor, item_index: Tensor) -> Tensor:
        """Scores of some items for each of some users: [B] and [B, C] to [B, C], those of :meth:`score`.

        Where a model scores by the dot product, that of all other items is not computed.
        """
        if type(self).score is Recommender.score:
            return (out.user[user_index].unsqueeze(1) * out.item[item_index]).sum(
                dim=-1
            )  # [B, C, D] -> [B, C]
        return self.score(out, user_index).gather(1, item_index)  # [B, I] -> [B, C]

    def recommend(
        self,
        data: HeteroData,
        user_index: Users,
        k: int,
        *,
        exclude: Exclude | None = None,
        block_size: int | None = None,
    ) -> tuple[Any, Tensor]:
        """The k best items of some users, best first.

        Args:
            data: The graph, prepared for this model.
            user_index: A tensor [B] of user indices, or a bool mask [U] of users, for which item indices come
                back; or a sequence of raw user ids, as they stood in the interactions, for which raw item ids
                come back.
            k: Length of the lists.
            exclude: Known items to leave out: ``train``, ``train+val`` or ``None``.
            block_size: Users scored at a time. (default: as many as make 30 MB of scores, at most 512)

        Shapes:
            - **output:** item indices [B, k] int64, or raw ids [B, k] as an object array; scores [B, k].
              Where fewer than k items are left, the list ends in excluded items with score ``-inf``.

        Raises:
            ValueError: If a user is unknown, ``k`` exceeds the number of items, or the graph is not one that
                :meth:`check_graph` takes.
        """
        self.check_graph(data)
        k = check_integer(k, "k", self, at_least=1)
        raw = not isinstance(user_index, Tensor)
        placed = next(self.parameters(), data[INTERACTS].edge_index)  # a model may have no weights
        users = user_indices(data, user_index, self).to(placed.device)  # [B]
        with eval_mode(self):
            out = self(data)
            blocks = list(
                rank(
                    lambda block: self.score(out, block),
                    users,
                    k,
                    exclude=exclude_edges(data, exclude),
                    block_size=default_block_size(self.num_items) if block_size is None else block_size,
                )
            )
        items = torch.cat([block.item for block in blocks]) if blocks else users.new_zeros(0, k)
        scores = torch.cat([block.score for block in blocks]) if blocks else torch.zeros(0, k)
        return (data["item"].raw_id.raw(items) if raw else items), scores

    def weights_seed(self) -> dict[str, Any]:
        """Whether the weights are as they were drawn, and from which seed; results say so."""
        return weights_seed(self)

    def node_tables(self) -> dict[str, NodeType]:
        """Which entries of ``state_dict`` have a row for each node of a type, and of which type.

        Each :class:`~pygmmrec.nn.NodeTable` is found. A model with other parameters or buffers of that kind
        adds them: ``{**super().node_tables(), "user_weight": "user"}``. Their first dimension is the nodes.
        """
        return declared_tables(self)

    def grow(
        self, old: NodeIds, new: NodeIds, *, rule: Rule = "draw", drop: bool = False, seed: int = 0
    ) -> Self:
        """The same model for a graph with other users and items: those it knows keep their rows.

        Users and items are known by raw id, so that their order does not matter. All other weights are
        copied; this model and torch's generators are left alone.

        Args:
            old: The graph on which this model was trained, or its raw ids by node type.
            new: The graph to come, or its raw ids by node type.
            rule: Rows of new nodes: ``draw`` for what the model draws at the new size before training, as
                :meth:`reset_parameters` does; ``mean`` for the mean row of the old ones; ``zero``.
                (default: ``draw``)
            drop: Whether users and items of ``old`` may be missing in ``new``, and their rows be left behind.
                (default: ``False``)
            seed: Seed of the draw. (default: ``0``)

        Raises:
            ValueError: If a graph has no raw ids, ``old`` is not the graph of this model, a node of it is
                missing and ``drop`` is not set, or ``rule`` is unknown.
        """
        tables = self.node_tables()
        known = {kind: known_places(old, new, kind, drop, self) for kind in set(tables.values())}
        for kind in known:
            size = self._size(kind)
            check(num_nodes(old, kind) == size, "old", f"{size} {kind}s", self, num_nodes(old, kind))
        other = self._resized({kind: num_nodes(new, kind) for kind in {"user", "item", *known}}, seed)
        return self._given(other, self._grown(other.state_dict(), known, rule))

    def _grown(
        self, drawn: Mapping[str, Tensor], known: Mapping[NodeType, Tensor], rule: Rule
    ) -> dict[str, Tensor]:
        """The weights of :meth:`grow`, with rows of new nodes from ``drawn`` or by another rule."""
        return grow_tables(self.state_dict(), drawn, self.node_tables(), known, rule, self)

    def at_nodes(self, state: Mapping[str, Tensor], nodes: Mapping[NodeType, Tensor]) -> dict[str, Tensor]:
        """Weights of this model for some nodes, or for all in another order; whatever has no rows is whole.

        Args:
            state: The weights.
            nodes: Node type to indices [N] int64. Types that are not named stay as they are.
        """
        return select_tables(state, self.node_tables(), nodes)

    def restrict(self, nodes: Mapping[NodeType, Tensor]) -> Self:
        """The same model for some nodes: its tables hold copies of their rows, and all else is whole.

        For a subgraph that :func:`~pygmmrec.transforms.restrict_graph` makes of the same nodes. With all
        neighbours that a model looks at among them, a node keeps the embedding that it has in the whole
        graph.

        Args:
            nodes: Node type to indices [N] int64, in the order that they are to have, each once. Types that
                are not named stay whole.

        Raises:
            ValueError: If an index is out of range or there twice, or the model knows no such nodes.
        """
        for kind, index in nodes.items():
            check_node_index(index, self._size(kind), kind, self)
        other = self._resized({kind: index.numel() for kind, index in nodes.items()}, seed=0)
        return self._given(other, self.at_nodes(self.state_dict(), nodes))

    def _size(self, kind: NodeType) -> int:
        counted = f"num_{kind}s" in self.config
        check(counted, "nodes", f"of a type that 'num_{kind}s' counts", self, kind)
        size: int = self.config[f"num_{kind}s"]
        return size

    def _resized(self, sizes: Mapping[NodeType, int], seed: int) -> Self:
        """A model with the same arguments but for the number of nodes; torch's generators are left alone."""
        config = {**self.config, **{f"num_{kind}s": size for kind, size in sizes.items()}}
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            return type(self)(**config)

    def _given(self, other: Self, state: Mapping[str, Tensor]) -> Self:
        """The other model with these weights, and what they and each module are here otherwise."""
        other.load_state_dict(state, assign=True)  # dtype and device are the weights' own
        ours = dict(self.named_parameters())
        for name, parameter in other.named_parameters():
            parameter.requires_grad_(ours[name].requires_grad)
        for mine, theirs in zip(self.modules(), other.modules(), strict=True):
            theirs.training = mine.training
        return other.to(next(iter(state.values())).device)  # what is assigned already is there

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.config.items())
        return f"{type(self).__name__}({arguments})"


def _constructor(construct: Callable[..., None]) -> Callable[..., None]:
    """A constructor whose arguments are checked, and whose weights are drawn from a seed."""

    @wraps(construct)
    def call(self: Recommender, *args: Any, **named: Any) -> None:
        args, named = checked_arguments(construct, (self, *args), named)
        draw_once(self, partial(construct, *args, **named))

    return call


def check_recommender(model: Any, data: Any, where: str) -> None:
    """Raise a :class:`ValueError` unless a model and a graph were given, in this order.

    Args:
        model: The first argument.
        data: The second one.
        where: The function that was called.
    """
    if not isinstance(model, Recommender):
        given = f"the class {model.__name__}" if isinstance(model, type) else type(model).__name__
        remedy = "Derive yours from pygmmrec.models.Recommender"
        if isinstance(data, nn.Module) or isinstance(model, HeteroData):
            remedy = f"The model comes first: {where}(model, data)"
        elif isinstance(model, type):
            remedy = f"Build it first: {model.__name__}.from_data(data)"
        elif isinstance(model, str):
            remedy, given = "Build it first, as in pygmmrec.models.CRANE.from_data(data)", model
        check(False, "model", "a Recommender", where, given, remedy)
    check_is_graph(data, where)
