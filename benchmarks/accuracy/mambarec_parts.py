"""The parts of the MambaRec study, as data: which variants each one compares."""

from __future__ import annotations

from pygmmrec.experiment.studies.parts import (
    CONVERGENCE,
    FULL_MODEL,
    LIGHT_GCN,
    Config,
    Part,
    Plan,
    Variant,
    single_modalities,
)

RATIOS = (1, 2, 4, 8, 16)
"""With r = 1 nothing is reduced but to the size of the narrowest modality."""

ABLATION = (
    FULL_MODEL,
    Variant("without local alignment", {"local_alignment": False}),
    Variant("without MMD", {"mmd_weight": 0}),
    Variant("without InfoNCE", {"cl_weight": 0}),
    Variant("without global alignment", {"mmd_weight": 0, "cl_weight": 0}),
)

DISTANCES = (
    FULL_MODEL,
    Variant("MMD at medians", {"bandwidth": "medians"}),
    Variant("MMD of raw rows at medians", {"bandwidth": "medians", "mmd_rows": "raw"}),
    Variant("without MMD", {"mmd_weight": 0}),
)
"""What MMD sees: of unit rows at one bandwidth little but means, of raw rows at several their spread too."""


def ablation(base: Config) -> tuple[Variant, ...]:
    """Parts taken away, one modality alone, and the contrast that the preset does not take."""
    views = "modality" if base.get("contrast") == "behaviour" else "behaviour"
    other_contrast = Variant(f"InfoNCE of {views} views", {"contrast": views})
    return (*ABLATION, *single_modalities(base), other_contrast, LIGHT_GCN)


PLAN = Plan(
    "MambaRec",
    {
        "ablation": Part("bars", ablation),
        "contrast": Part("line", axes={"cl_weight": (0.0001, 0.001, 0.005, 0.01, 0.05, 0.1)}),
        "regularisation": Part("line", axes={"reg_weight": (0.0001, 0.001, 0.01)}),
        "bandwidth": Part("line", axes={"bandwidth": (1.0, 1.5, 2.0)}),
        "distance": Part("bars", DISTANCES),
        "alignment": Part("heat map", axes={"mmd_weight": (0.05, 0.1, 0.15, 0.2, 0.25), "reduction": RATIOS}),
        "reduction": Part("size", axes={"reduction": RATIOS}),
        "convergence": CONVERGENCE,
    },
)
