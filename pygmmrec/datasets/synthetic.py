"""A small multimodal data set with planted preferences, for examples and tests."""

from collections.abc import Callable, Mapping
from typing import Any

from torch_geometric.data import InMemoryDataset

from pygmmrec.data import build_hetero_data
from pygmmrec.datasets.planted import PlantedWorld
from pygmmrec.utils.check import check, check_integer, check_number, check_seed


class SyntheticMultimodal(InMemoryDataset):
    r"""Users who choose items by latent tastes, of which each modality shows only a part.

    Item :math:`i` has latent factors :math:`z_i`, drawn around the centre of its cluster, and a
    popularity :math:`b_i` with a power law; user :math:`u` has tastes :math:`p_u` around the centres
    of a few clusters. A user with activity :math:`n_u` (long-tailed) interacts with :math:`n_u`
    distinct items drawn from

    .. math:: P(i \mid u) \propto \exp(s\, p_u^\top z_i + b_i)

    Each modality sees its own share of the factors, through a nonlinear map and under nuisance
    factors and noise of its own, so that no modality alone suffices. Most users have few
    interactions. A share of the items has no training edge: where users choose these, the pair is
    held out.

    Args:
        num_users: Number of users, U.
        num_items: Number of items, I.
        modalities: Modality name -> number of feature columns, F_m.
        num_factors: Latent factors, divided among the modalities; at least one each.
        mean_activity: Mean number of interactions per user, about; each user has at least five.
        cold_share: Share of the items that have no training edge.
        noise: Scale of the nuisance in each modality, against a signal of scale one.
        seed: Seed of everything that is drawn; the same seed gives the same data.
        transform: Applied on each access.
        pre_transform: Applied once.

    Raises:
        ValueError: If an argument is out of its range.
    """

    def __init__(
        self,
        num_users: int = 1000,
        num_items: int = 1200,
        modalities: Mapping[str, int] | None = None,
        *,
        num_factors: int = 12,
        mean_activity: float = 11.0,
        cold_share: float = 0.06,
        noise: float = 0.3,
        seed: int = 0,
        transform: Callable[..., Any] | None = None,
        pre_transform: Callable[..., Any] | None = None,
    ) -> None:
        super().__init__(None, transform, pre_transform)
        modalities = {"visual": 32, "text": 24} if modalities is None else dict(modalities)
        num_users = check_integer(num_users, "num_users", self, at_least=1)
        num_items = check_integer(num_items, "num_items", self, at_least=50)
        num_factors = check_integer(num_factors, "num_factors", self)
        mean_activity = check_number(mean_activity, "mean_activity", self)
        cold_share = check_number(cold_share, "cold_share", self, at_least=0, at_most=0.5)
        noise = check_number(noise, "noise", self, at_least=0)
        seed = check_seed(seed, "seed", self)
        self._arguments = {
            "num_users": num_users,
            "num_items": num_items,
            "modalities": modalities,
            "num_factors": num_factors,
            "mean_activity": mean_activity,
            "cold_share": cold_share,
            "noise": noise,
            "seed": seed,
        }
        sizes = list(modalities.values())
        fine = bool(sizes) and all(isinstance(size, int) and size > 0 for size in sizes)
        check(fine, "modalities", "a mapping from names to numbers of columns", self, modalities)
        enough = num_factors >= len(modalities)
        check(enough, "num_factors", f"at least {len(modalities)}, one per modality", self, num_factors)
        busy = 5 < mean_activity <= num_items / 4
        check(busy, "mean_activity", f"above 5 and at most {num_items / 4:g}", self, mean_activity)

        world = PlantedWorld(num_users, num_items, num_factors, seed)
        data = build_hetero_data(
            world.interactions(mean_activity, cold_share),
            {name: world.features(name, modalities, noise) for name in modalities},
            user_ids=range(num_users),
            item_ids=range(num_items),
        )
        self.data = data if pre_transform is None else pre_transform(data)
        self.slices = None

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in self._arguments.items())
        return f"{type(self).__name__}({arguments})"
