"""Graphs and models as folders of safetensors, Parquet and JSON, written and read exactly."""

from pygmmrec.bundles.graph_files import load_graph, save_graph
from pygmmrec.bundles.manifest import Manifest

__all__ = ["Manifest", "load_graph", "save_graph"]
