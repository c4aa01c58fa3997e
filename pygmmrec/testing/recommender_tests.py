"""The conformance suite that every model passes."""

from pygmmrec.testing.arguments import ArgumentTests
from pygmmrec.testing.features import FeatureTests
from pygmmrec.testing.graph_argument import GraphArgumentTests
from pygmmrec.testing.learning import LearningTests
from pygmmrec.testing.ranking import RankingTests
from pygmmrec.testing.tables import TableTests


class RecommenderTests(
    LearningTests, GraphArgumentTests, FeatureTests, RankingTests, ArgumentTests, TableTests
):
    """What every :class:`~pygmmrec.models.Recommender` keeps, whatever it computes.

    Subclass it in a file of tests, name the model, and run pytest:

    .. code-block:: python

        from pygmmrec.testing import RecommenderTests

        class TestMyModel(RecommenderTests):
            model = MyModel
            config = {"embedding_dim": 6}

    It trains on graphs of nine to twenty users and checks that the model learns, that a gradient reaches
    every element of every weight, that the graph is an argument and no state, that items in another order get
    the same scores, that it takes one, two and three modalities (if it takes any), half precision as what it
    says, and tokens and maps with their places or not at all, that arguments are kept and shown, and that its
    tables of users and items grow, are restricted and are saved with their nodes.

    Attributes:
        model: The model.
        config: Arguments beyond the sizes, small and without noise. The graphs have nine items at least, so a
            number of neighbours ``k`` has to be smaller, and twenty epochs have to be enough to learn from a
            hundred and sixty edges.
        by_features_alone: Whether items have no weights of their own. (default: ``False``)
        trained_by_features: Whether features shape weights in training and are not looked at afterwards.
            (default: ``False``)
        num_hops: Edges from a node to the furthest one that its embedding looks at, or more.
            (default: ``5``)
        global_embeddings: Whether an embedding looks at all nodes, whatever the edges, so that it differs in
            a subgraph. (default: ``False``)
        global_losses: The terms of the loss that do. (default: ``()``)

    What an attribute admits has to be so: the suite fails where a model turns out to be better.
    """
