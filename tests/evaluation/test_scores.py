import json

from pygmmrec.evaluation import Counts, Scores


def test_a_dict_that_says_what_it_is_of() -> None:
    counts = Counts(3, 1, 4, 0, 0, 0)
    scores = Scores({"recall@5": 0.5}, counts)
    assert scores == {"recall@5": 0.5}
    assert json.loads(json.dumps(scores)) == {"recall@5": 0.5}
    assert (scores.counts.users, scores.counts.cold_users) == (3, 1)
