"""What averages over a test set hide, in files: metrics of single users and places of single pairs."""

from pathlib import Path

from torch import Tensor

from pygmmrec.evaluation import BeyondAccuracy, RankingMetrics
from pygmmrec.training.files.per_pair import save_per_pair
from pygmmrec.training.files.per_user import save_per_user

PER_USER, PER_PAIR = "test_per_user.npz", "test_per_pair.npz"


def save_details(folder: Path, users: Tensor, metrics: RankingMetrics, beyond: BeyondAccuracy) -> None:
    """Write ``test_per_user.npz``, at the list length of ``beyond``, and ``test_per_pair.npz``.

    Args:
        folder: Where to.
        users: Indices of the users, in the order in which both others saw them.
        metrics: With recall and NDCG of these users.
        beyond: With their popularity, diversity and held-out pairs.

    Shapes:
        users [U]
    """
    names = [f"{name}@{beyond.k}" for name in ("recall", "ndcg")]
    per_user = {name: value for name, value in metrics.per_user().items() if name in names}
    per_user |= {**beyond.per_user(), "degree": beyond.user_degree[users]}
    save_per_user(folder / PER_USER, users, per_user)
    pairs, place = beyond.places()  # [2, n], [n]
    degree = beyond.item_degree.cpu()[pairs[1]]  # [n]
    save_per_pair(folder / PER_PAIR, pairs, degree, place)
