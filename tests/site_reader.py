"""Reads built pages as a browser's parser would: pictures, links, anchors, text."""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_UNREAD = ("script", "style")


class Page(HTMLParser):
    """One built page.

    images   attributes of every <img>
    links    every href of an <a>
    anchors  every id (and name of an <a>)
    tags     how often each element occurs
    text     what a reader sees, blanks joined
    """

    def __init__(self, path: Path):
        super().__init__()
        self.path = path
        self.images: list[dict] = []
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.tags: dict[str, int] = {}
        self._text: list[str] = []
        self._unread = 0
        self.feed(path.read_text(encoding="utf-8"))

    @property
    def text(self) -> str:
        return " ".join("".join(self._text).split())

    def handle_starttag(self, tag: str, attrs: list) -> None:
        attributes = dict(attrs)
        self.tags[tag] = self.tags.get(tag, 0) + 1
        if attributes.get("id"):
            self.anchors.add(attributes["id"])
        if tag == "img":
            self.images.append(attributes)
        if tag == "a":
            self.anchors.add(attributes.get("name", ""))
            self.links += [attributes["href"]] if attributes.get("href") else []

        self._unread += tag in _UNREAD

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in _UNREAD

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self._text.append(data)


def read_site(site: Path) -> dict[Path, Page]:
    return {path: Page(path) for path in sorted(site.rglob("*.html"))}


def broken_links(pages: dict[Path, Page]) -> list[str]:
    """Follow every link inside the site; list those that lead nowhere."""
    return [
        f"{page.path.name}: {link}"
        for page in pages.values()
        for link in page.links
        if not urlsplit(link).scheme and not _leads_somewhere(pages, page.path, link)
    ]


def _leads_somewhere(pages: dict[Path, Page], page: Path, link: str) -> bool:
    parts = urlsplit(link)
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if target not in pages:
        return target.is_file()
    return not parts.fragment or unquote(parts.fragment) in pages[target].anchors
