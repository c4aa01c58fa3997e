"""The conformance suite that every closed form passes."""

from pygmmrec.testing.arguments import ArgumentTests
from pygmmrec.testing.features import FeatureTests
from pygmmrec.testing.fitting import FittingTests
from pygmmrec.testing.graph_argument import GraphArgumentTests
from pygmmrec.testing.ranking import RankingTests


class ClosedFormTests(FittingTests, GraphArgumentTests, FeatureTests, RankingTests, ArgumentTests):
    """What every :class:`~pygmmrec.models.closed.ClosedForm` keeps, whatever it computes.

    Subclass it in a file of tests, name the model, and run pytest:

    .. code-block:: python

        from pygmmrec.testing import ClosedFormTests

        class TestMyNeighbours(ClosedFormTests):
            model = MyNeighbours
            config = {"k": 5}

    It checks what :class:`~pygmmrec.testing.RecommenderTests` checks of arguments, features, rankings and the
    graph, and that the model learns in one pass, the same each time, has no loss, says that it was not
    fitted, that a new user with the items of a known one gets its scores, that scores stay when nodes are
    added or come in another order, and that they are saved and loaded with their nodes.

    Attributes:
        model: The model.
        config: Arguments beyond the sizes. The graphs have nine items at least; with ties among neighbours,
            ``k`` has to be large enough for all.
        by_features_alone: Whether it fits nothing that has a row for each item. (default: ``False``)
        trained_by_features: Whether features are looked at when it is fitted, and not afterwards.
            (default: ``False``)
        personal: Whether users differ, so that it learns what each of them likes. (default: ``True``)
        among_users: Whether a known user, who is a new one's nearest, has a part in its scores.
            (default: ``False``)
        global_embeddings: Whether scores depend on how many users and items there are. (default: ``False``)

    What an attribute admits has to be so: the suite fails where a model turns out to be better.
    """
