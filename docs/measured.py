"""The directive ``measured``: what a benchmark wrote, as far as it has been run.

.. code-block:: rst

    .. measured:: ../benchmarks/results/some_study/ablation
       :alt: Test recall of the ablations

       What the numbers say.

shows ``ablation.csv`` as a table and ``ablation.png`` below it, whichever is there, and the text under both.
Where neither is there, it says that this part has not been run, and leaves out the text.
"""

from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.parsing import nested_parse_to_nodes


class Measured(SphinxDirective):
    """One result of a benchmark; the argument is its path without a suffix, relative to the page."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {"title": directives.unchanged, "alt": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        result = self.arguments[0]
        page = Path(self.env.doc2path(self.env.docname)).parent
        lines: list[str] = []
        if (page / f"{result}.csv").is_file():
            title = self.options.get("title", "Measured")
            lines += [f".. csv-table:: {title}", f"   :file: {result}.csv", "   :header-rows: 1", ""]
        if (page / f"{result}.png").is_file():
            lines += [f".. figure:: {result}.png", f"   :alt: {self.options.get('alt', '')}", ""]
        if lines:
            source = StringList(lines, source=self.get_source_info()[0])  # paths are relative to the page
            return nested_parse_to_nodes(self.state, source) + self.parse_content_to_nodes()
        return self.parse_text_to_nodes("*This part has not been run here yet.*")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("measured", Measured)
    return {"parallel_read_safe": True}
