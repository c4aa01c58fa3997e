"""ContentKNN against the released code's numbers."""

import torch

from pygmmrec.models import ContentKNN


def test_similarities_and_scores(load_oracle, golden_problem, near) -> None:
    arrays, hyper = load_oracle("ItemKNNCBF")
    data = golden_problem[0]
    released = {"normalize": False, "itself": True, "neighbours_of": "owned"}
    model = ContentKNN.from_data(data, k=hyper["knn_k"], shrink=float(hyper["shrink"]), **released)
    model.fit_closed(data)
    near(model.neighbours.matrix().to_dense(), arrays["graph/item_sim"])
    near(model.score(model(data), torch.arange(model.num_users)), arrays["eval/scores"])
