"""Sphinx extension: formulas become MathML when the site is built, so that reading one needs no script.

The converter is strict: an unknown LaTeX command is a warning, which the site's build turns into an error.
"""

import html
import re

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

_CONVERTER = LatexToMathML(fancy_error=False)
# The prime is drawn raised already: as a superscript it would become a speck.
_PRIME = re.compile(r"<msup>(<mi>[^<]*</mi>)<mo>′</mo></msup>")
_LINE_BREAK_WITHOUT_TABLE = re.compile(r"^(?!.*\\begin\{).*\\\\", re.DOTALL)


def to_mathml(latex: str, *, display: bool) -> str:
    """Convert one formula.

    latex    the formula without its dollar signs; lines broken with a double backslash are set below each other
    display  True for a formula on a line of its own
    Returns a <math> element that keeps the LaTeX as its alttext. As an <annotation> it would turn up in the search's
    excerpts. Raises math_core.LatexError for a command that it does not know.
    """
    latex = latex.strip()
    alttext = f'<math alttext="{html.escape(latex)}"'
    if display and _LINE_BREAK_WITHOUT_TABLE.match(latex):
        latex = rf"\begin{{aligned}}{latex}\end{{aligned}}"
    mathml = _CONVERTER.convert_with_local_state(latex, displaystyle=display).replace("<math", alttext, 1)
    return _PRIME.sub(r"<mrow>\1<mo>′</mo></mrow>", mathml)


def visit_inline(translator: HTML5Translator, node: nodes.math) -> None:
    translator.body.append(translator.starttag(node, "span", "", CLASS="math notranslate"))
    translator.body.append(_converted(node, display=False) + "</span>")
    raise nodes.SkipNode


def visit_display(translator: HTML5Translator, node: nodes.math_block) -> None:
    translator.body.append(translator.starttag(node, "div", CLASS="math notranslate"))
    translator.body.append(_converted(node, display=True))
    if node["number"]:
        translator.body.append(f'<span class="eqno">({get_node_equation_number(translator, node)})')
        translator.add_permalink_ref(node, "Link to this equation")
        translator.body.append("</span>")
    translator.body.append("</div>\n")
    raise nodes.SkipNode


def _converted(node: nodes.Element, *, display: bool) -> str:
    latex = node.astext()
    try:
        return to_mathml(latex, display=display)
    except LatexError as error:
        reason = " ".join(str(error).split())
        logger.warning(
            "the formula %r could not be converted: %s. Write it with commands that MathML has.",
            latex,
            reason,
            location=node,
        )
        return f"<code>{html.escape(latex)}</code>"


def setup(app: Sphinx) -> dict:
    """Register the renderer; `html_math_renderer: mathml` in _config.yml selects it."""
    app.add_html_math_renderer("mathml", inline_renderers=(visit_inline, None), block_renderers=(visit_display, None))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
