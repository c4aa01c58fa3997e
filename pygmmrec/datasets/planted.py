"""The world behind the synthetic data: latent tastes, and what is seen of them."""

from collections.abc import Mapping

import numpy as np

from pygmmrec.data import Interactions, RatioSplit

NUM_CLUSTERS = 100
CLUSTERS_PER_USER = 4
CLUSTER_SPREAD = 1.5  # of items around the centre of their cluster; the centres spread by one
TASTE_SPREAD = 0.3  # of users around the mix of their clusters
SHARPNESS = 0.8  # of the choice: scale of the preference against Gumbel noise
POPULARITY_EXPONENT = 0.25  # popularity is -exponent * log(rank)
FEWEST = 5  # interactions of a user
BLOCK = 512  # users whose scores are in memory at one time


class PlantedWorld:
    """Latent factors of users and items, drawn once.

    Args:
        num_users: Number of users, U.
        num_items: Number of items, I.
        num_factors: Number of latent factors, K.
        seed: Seed of all that this world and its methods draw.
    """

    def __init__(self, num_users: int, num_items: int, num_factors: int, seed: int) -> None:
        self.seed = seed
        rng = self._rng("world")
        centers = rng.normal(size=(NUM_CLUSTERS, num_factors))
        cluster = rng.integers(NUM_CLUSTERS, size=num_items)
        self.item = centers[cluster] + CLUSTER_SPREAD * rng.normal(size=(num_items, num_factors))  # [I, K]
        liked = rng.integers(NUM_CLUSTERS, size=(num_users, CLUSTERS_PER_USER))
        weight = rng.dirichlet(np.ones(CLUSTERS_PER_USER), size=num_users)
        taste = np.einsum("uc,uck->uk", weight, centers[liked])
        self.user = taste + TASTE_SPREAD * rng.normal(size=taste.shape)  # [U, K]
        self.popularity = -POPULARITY_EXPONENT * np.log(rng.permutation(num_items) + 1.0)  # [I]

    def features(self, name: str, modalities: Mapping[str, int], noise: float) -> np.ndarray:
        """What the modality ``name`` shows of the items: float32 ``[I, F]``.

        The modalities deal the factors out among them, one by one. Nuisance that has nothing to do
        with taste is added before the nonlinear map, and white noise after it.
        """
        rng = self._rng(f"features of {name}")
        seen = self.item[:, list(modalities).index(name) :: len(modalities)]  # [I, K_m]
        nuisance = noise * rng.normal(size=seen.shape)
        hidden = np.concatenate([seen, nuisance], axis=1)
        mix = rng.normal(size=(hidden.shape[1], modalities[name])) / np.sqrt(hidden.shape[1])
        view = np.tanh(hidden @ mix) + 0.3 * noise * rng.normal(size=(len(seen), modalities[name]))
        return np.asarray(view, dtype=np.float32)

    def interactions(self, mean_activity: float, cold_share: float) -> Interactions:
        """What the users chose, split 8:1:1 per user; pairs with cold items are all held out."""
        rng = self._rng("interactions")
        num_users, num_items = len(self.user), len(self.item)
        tail = rng.lognormal(sigma=1.0, size=num_users) / np.exp(0.5)  # mean one
        most = num_items // 2
        count = FEWEST + np.minimum((mean_activity - FEWEST) * tail, most - FEWEST).astype(np.int64)
        user = np.repeat(np.arange(num_users), count)
        item = np.concatenate(
            [self._choose(count[i : i + BLOCK], i, rng) for i in range(0, num_users, BLOCK)]
        )
        cold = np.zeros(num_items, dtype=bool)
        cold[rng.permutation(num_items)[: round(cold_share * num_items)]] = True
        label = np.where(cold[item], rng.integers(1, 3, size=len(item)), 0)
        warm = ~cold[item]
        label[warm] = RatioSplit(seed=self.seed)(Interactions(user[warm], item[warm]))
        return Interactions(user, item, label)

    def _choose(self, count: np.ndarray, start: int, rng: np.random.Generator) -> np.ndarray:
        """Distinct items for a block of users, by the Gumbel top-k trick."""
        user = self.user[start : start + len(count)]
        score = (
            SHARPNESS * user @ self.item.T + self.popularity + rng.gumbel(size=(len(user), len(self.item)))
        )
        top = np.argsort(-score, axis=1)[:, : count.max()]  # [B, max n_u]
        return top[np.arange(top.shape[1]) < count[:, None]]

    def _rng(self, purpose: str) -> np.random.Generator:
        """A stream of its own for each purpose, so that one more modality changes no other draw."""
        return np.random.default_rng([self.seed, *purpose.encode()])
