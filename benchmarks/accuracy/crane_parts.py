"""The parts of the CRANE study, as data: which variants each one compares."""

from __future__ import annotations

from pygmmrec.experiment.studies.parts import (
    FREEDOM,
    FULL_MODEL,
    LIGHT_GCN,
    Config,
    Part,
    Plan,
    Variant,
    single_modalities,
)

ABLATION = (
    FULL_MODEL,
    Variant("without item graph", {"num_ii_layers": 0}),
    Variant("one round", {"rca.num_rounds": 1}),
    Variant("without attention", {"rca.num_rounds": 0}),
    Variant("without GCN", {"num_ui_layers": 0, "num_ii_layers": 0}),
    Variant("without contrast", {"cl_weight": 0}),
    Variant("without dual fusion", {"late_fusion": True}),
    LIGHT_GCN,
)
ATTENTION = (
    FULL_MODEL,
    Variant(
        "entities, random buckets",
        {"rca.correlation": "bucket", "rca.bucket_by": "random", "rca.num_hashes": 1},
    ),
    Variant("entities, linear", {"rca.correlation": "entity", "rca.activation": "identity"}),
    Variant(
        "entities, hashed buckets", {"rca.correlation": "bucket", "rca.bucket_by": "lsh", "rca.num_hashes": 1}
    ),
    Variant("without attention", {"rca.num_rounds": 0}),
)
FUSION = (
    Variant("C: concatenation", {"fusion": "concat"}),
    Variant("S: sum", {"fusion": "sum"}),
    Variant("A: average", {"fusion": "average"}),
)
AGGREGATION = tuple(Variant(aggr, {"profile_aggr": aggr}) for aggr in ("sum", "mean", "max", "attention"))


def fusion(base: Config) -> tuple[Variant, ...]:
    """The full model beside static fusions: one modality alone, and three ways of joining them."""
    static = (*single_modalities(base), *FUSION)
    return (FULL_MODEL, *(Variant(each.label, {"rca.num_rounds": 0, **each.changes}) for each in static))


PLAN = Plan(
    "CRANE",
    {
        "ablation": Part("bars", ABLATION),
        "attention": Part("bars", ATTENTION),
        "fusion": Part("bars", fusion),
        "aggregation": Part("bars", AGGREGATION),
        "layers": Part("heat map", axes={"num_ui_layers": (1, 2, 3, 4), "num_ii_layers": (1, 2, 3)}),
        "rounds": Part("heat map", axes={"rca.num_rounds": (1, 2, 3, 4), "k": (5, 10, 15, 20)}),
        "convergence": Part("convergence", (FULL_MODEL, FREEDOM, LIGHT_GCN)),
        "cost": Part("cost"),
    },
)
