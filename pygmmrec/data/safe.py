"""What a graph consists of, so that ``torch.load(..., weights_only=True)`` reads one without unpickling."""

import torch
from torch_geometric.data import HeteroData
from torch_geometric.data.storage import BaseStorage, EdgeStorage, GlobalStorage, NodeStorage

from pygmmrec.data.ids import IdMap
from pygmmrec.data.node_info import NodeInfo
from pygmmrec.kernels.sparse.adj import Adj

SAFE = (HeteroData, BaseStorage, EdgeStorage, GlobalStorage, NodeStorage, IdMap, NodeInfo, Adj)
"""Plain containers of tensors, numbers and ids; reading them runs no code of the file's."""

torch.serialization.add_safe_globals(list(SAFE))
