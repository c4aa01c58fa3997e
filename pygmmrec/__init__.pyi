# What `import pygmmrec as pg` offers: for type checkers and completion, and for lazy_loader, which loads it.

from . import (
    bundles as bundles,
    cli as cli,
    data as data,
    datasets as datasets,
    encoders as encoders,
    evaluation as evaluation,
    experiment as experiment,
    losses as losses,
    models as models,
    nn as nn,
    sampling as sampling,
    serving as serving,
    testing as testing,
    training as training,
    transforms as transforms,
    typing as typing,
)
from .datasets import (
    Amazon as Amazon,
    InteractionFolder as InteractionFolder,
    LastFM2K as LastFM2K,
    MovieLens as MovieLens,
    SyntheticMultimodal as SyntheticMultimodal,
    TikTok as TikTok,
    read as read,
)
from .evaluation import evaluate as evaluate
from .experiment import compare as compare
from .models import (
    SelfCF as SelfCF,
    SGL as SGL,
    XSimGCL as XSimGCL,
    SimGCL as SimGCL,
    LayerGCN as LayerGCN,
    UserKNN as UserKNN,
    SLIM as SLIM,
    RP3Beta as RP3Beta,
    Popularity as Popularity,
    ItemKNN as ItemKNN,
    IALS as IALS,
    EASE as EASE,
    ContentKNN as ContentKNN,
    CEASE as CEASE,
    BM3 as BM3,
    BPRMF as BPRMF,
    COHESION as COHESION,
    CRANE as CRANE,
    DGVAE as DGVAE,
    FREEDOM as FREEDOM,
    GRCN as GRCN,
    LATTICE as LATTICE,
    LPIC as LPIC,
    MGCN as MGCN,
    MMGCF as MMGCF,
    MMGCN as MMGCN,
    MVGAE as MVGAE,
    REARM as REARM,
    VBPR as VBPR,
    DRAGON as DRAGON,
    PGL as PGL,
    SMORE as SMORE,
    DiffMM as DiffMM,
    DAMRS as DAMRS,
    GUME as GUME,
    DualGNN as DualGNN,
    LGMRec as LGMRec,
    LightGCN as LightGCN,
    MambaRec as MambaRec,
    Recommender as Recommender,
    SLMRec as SLMRec,
)
from .serving import load as load
from .training import fit as fit

__version__: str
__all__: list[str]
