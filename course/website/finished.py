"""The finished site: what its makers say wrongly to screen readers, and what a browser would fetch from where."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

# Elements and the attribute that makes a browser fetch something. A link <a href> is followed by people only.
_FETCHES = {
    ("script", "src"), ("img", "src"), ("img", "srcset"), ("source", "src"), ("source", "srcset"), ("iframe", "src"),
    ("video", "src"), ("audio", "src"), ("embed", "src"), ("object", "data"), ("link", "href"), ("image", "href"),
    ("use", "href"), ("track", "src"), ("input", "src"),
}  # fmt: skip
_LINKS_THAT_FETCH_NOTHING = {"canonical", "next", "prev", "search", "index", "author", "help", "license", "alternate"}
_OTHER_HOST = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE)
_STYLE = re.compile(r"""(?:url\(|@import)\s*["']?\s*((?:https?:)?//[^"')\s;]+)""", re.IGNORECASE)


# Labels that hide the text which they stand on (MyST-NB, the theme), and roles that ARIA 1.2 does not have (docutils).
_SAID_WRONGLY = (
    ('<summary aria-label="Toggle hidden content">', "<summary>"),
    ('search-button__button pst-js-only" title="Search" aria-label="Search"', 'search-button__button pst-js-only"'),
    (' role="doc-biblioentry"', ""),
    ('<div role="list" class="citation-list">', '<div class="citation-list">'),
)


# Half of the site's bytes, asked for by none of its pages: source maps, and icons that styles/frame.css draws itself.
_UNUSED = (
    "_static/**/*.map",
    "_static/scripts/fontawesome.js*",
    "_static/vendor/**/*.ttf",
    "_static/vendor/**/*.woff2",
)


def drop_unused(site: Path) -> None:
    """Delete files of the theme that no page asks for."""
    for pattern in _UNUSED:
        for path in site.glob(pattern):
            path.unlink()


def mend_labels(site: Path) -> None:
    """Take labels and roles out of the built pages that would mislead a screen reader."""
    for path in site.rglob("*.html"):
        page = text = path.read_text(encoding="utf-8")
        for wrong, right in _SAID_WRONGLY:
            text = text.replace(wrong, right)
        if text != page:
            path.write_text(text, encoding="utf-8")


def foreign_resources(site: Path) -> list[str]:
    """List everything in the built pages and styles that a browser would fetch from another host.

    site  folder of the built site
    Returns one line a finding, with the file, what it fetches and what to do; empty for a site that stands alone.
    """
    found = [(path, address) for path in sorted(site.rglob("*.html")) for address in _of_page(path)]
    found += [
        (path, match[1]) for path in sorted(site.rglob("*.css")) for match in _STYLE.finditer(path.read_text("utf-8"))
    ]
    return [
        f"{path.relative_to(site)} fetches {address}. Put the file into book/_static, or take it out."
        for path, address in found
    ]


def _of_page(path: Path) -> Iterator[str]:
    parser = _Fetches()
    parser.feed(path.read_text(encoding="utf-8"))
    yield from parser.addresses


class _Fetches(HTMLParser):
    """Collects the addresses on other hosts that one page fetches."""

    def __init__(self):
        super().__init__()
        self.addresses: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self._in_style = tag == "style"
        self.addresses += [match[1] for match in _STYLE.finditer(attributes.get("style", ""))]
        if tag == "link" and set(attributes.get("rel", "").split()) <= _LINKS_THAT_FETCH_NOTHING:
            return
        for name, value in attributes.items():
            if (tag, name.removeprefix("xlink:")) in _FETCHES and _OTHER_HOST.match(value):
                self.addresses.append(value)

    def handle_endtag(self, tag: str) -> None:
        self._in_style = self._in_style and tag != "style"

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.addresses += [match[1] for match in _STYLE.finditer(data)]
