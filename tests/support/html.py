"""A small strict HTML reader: what browsers forgive is an error here."""

import re
from html import unescape

VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "wbr"}
RAW = {"script", "style"}
# Elements that end an open paragraph without being asked, which is never what a template meant.
NOT_IN_P = {
    "p",
    "div",
    "ul",
    "ol",
    "dl",
    "table",
    "form",
    "fieldset",
    "section",
    "nav",
    "aside",
    "h1",
    "h2",
    "h3",
}
INTERACTIVE = {"a", "button", "select", "textarea", "label"}
# Attributes have a value in quotation marks or none, as templates write them.
_VALUE = r"""(?:"[^"]*"|'[^']*')"""
TOKEN = re.compile(
    rf"""<!--.*?-->|<!(?P<doctype>doctype[^>]*)>|</(?P<end>[a-z][\w-]*)\s*>
    |<(?P<tag>[a-z][\w-]*)(?P<attributes>(?:\s+[^\s"'<>/=]+(?:={_VALUE})?)*)\s*(?P<closed>/?)>""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
ATTRIBUTE = re.compile(rf"""([^\s"'<>/=]+)(?:=({_VALUE}))?""", re.DOTALL)


class Node:
    """An element with its attributes, children and place; texts are plain strings among the children."""

    def __init__(self, tag: str, attrs: dict[str, str], parent: "Node | None") -> None:
        self.tag, self.attrs, self.parent = tag, attrs, parent
        self.children: list[Node | str] = []
        # All elements of the page in its order: those below this one follow it there, up to `end`.
        self.page: list[Node] = parent.page if parent is not None else []
        self.page.append(self)
        self.begin = self.end = len(self.page)

    def __getitem__(self, name: str) -> str:
        return self.attrs[name]

    def get(self, name: str, default: str = "") -> str:
        return self.attrs.get(name, default)

    def walk(self) -> list["Node"]:
        """Every element below, in the order of the page."""
        return self.page[self.begin : self.end]

    def all(self, tag: str = "", **attrs: str | None) -> list["Node"]:
        """Elements below with this tag and these attributes; `css` is one class, None means it is absent."""
        return [node for node in self.walk() if (not tag or node.tag == tag) and node.has(**attrs)]

    def one(self, tag: str = "", **attrs: str | None) -> "Node":
        """The only such element; an AssertionError when there is none or more than one."""
        found = self.all(tag, **attrs)
        assert len(found) == 1, f"{len(found)} × <{tag} {attrs}> in {self.text[:300]!r}"
        return found[0]

    def has(self, **attrs: str | None) -> bool:
        """Whether the element has these attributes; `_` stands for `-`."""
        for name, value in attrs.items():
            name = name.strip("_").replace("_", "-")
            if name == "css":
                if value not in self.get("class").split():
                    return False
            elif self.attrs.get(name) != value:
                return False
        return True

    def inside(self, tag: str, **attrs: str | None) -> "Node | None":
        """The nearest such element around this one."""
        node = self.parent
        while node is not None and not (node.tag == tag and node.has(**attrs)):
            node = node.parent
        return node

    @property
    def texts(self) -> list[str]:
        """The texts below, one by one, blanks joined; without scripts and templates."""
        found: list[str] = []
        for child in self.children:
            if isinstance(child, Node):
                found += [] if child.tag in RAW else child.texts
            elif child.strip():
                found.append(" ".join(child.split()))
        return found

    @property
    def text(self) -> str:
        return " ".join(self.texts)

    @property
    def raw_text(self) -> str:
        """The text exactly as it stands in the page."""
        return "".join(child if isinstance(child, str) else child.raw_text for child in self.children)


class BrokenPage(AssertionError):
    """The markup is not well-formed."""


class _Reader:
    def __init__(self, markup: str) -> None:
        self.root = self.here = Node("", {}, None)
        self.doctype = ""
        self._markup, self._at = markup, 0
        while self._at < len(markup):
            self._read_token()

    def _read_token(self) -> None:
        """Read one text, or one tag, comment or doctype."""
        begin = self._markup.find("<", self._at)
        begin = len(self._markup) if begin < 0 else begin
        if begin > self._at:
            self._text(self._markup[self._at : begin])
            self._at = begin
            return
        found = TOKEN.match(self._markup, begin)
        if found is None:
            raise self._broken(f"no markup: {self._markup[begin : begin + 80]!r}")
        self._at = found.end()
        if found["end"]:
            self._end(found["end"].lower())
        elif found["tag"]:
            self._start(found["tag"].lower(), found["attributes"], bool(found["closed"]))
        elif found["doctype"]:
            self.doctype = found["doctype"].lower()

    def _text(self, text: str) -> None:
        self.here.children.append(unescape(text) if "&" in text else text)

    def _start(self, tag: str, attributes: str, closed: bool) -> None:
        attrs: dict[str, str] = {}
        for name, quoted in ATTRIBUTE.findall(attributes):
            if name in attrs:
                raise self._broken(f"{name} stands twice in <{tag}>")
            attrs[name] = unescape(quoted[1:-1]) if "&" in quoted else quoted[1:-1]
        node = Node(tag, attrs, self.here)
        self._check_place(node)
        self.here.children.append(node)
        if tag in VOID or closed:
            return
        self.here = node
        if tag in RAW:
            # Its text is no markup, whatever it looks like.
            end = self._markup.find(f"</{tag}>", self._at)
            node.children.append(self._markup[self._at : end])
            self._at = end if end >= 0 else len(self._markup)

    def _end(self, tag: str) -> None:
        if tag in VOID or self.here.tag != tag or self.here.parent is None:
            raise self._broken(f"</{tag}> closes <{self.here.tag} {self.here.attrs}>")
        self.here.end = len(self.here.page)
        self.here = self.here.parent

    def _broken(self, why: str) -> BrokenPage:
        return BrokenPage(f"{why} (line {self._markup.count(chr(10), 0, self._at) + 1})")

    def _check_place(self, node: Node) -> None:
        if node.tag in NOT_IN_P and node.inside("p"):
            raise self._broken(f"<{node.tag}> inside <p>")
        if node.tag == "form" and node.inside("form"):
            raise self._broken("<form> inside <form>")
        if node.tag in INTERACTIVE and node.tag != "label":
            for around in ("a", "button"):
                if node.inside(around):
                    raise self._broken(f"<{node.tag}> inside <{around}>")
        parent = node.parent.tag if node.parent is not None else ""
        if node.tag == "li" and parent not in ("ul", "ol", "menu"):
            raise self._broken(f"<li> inside <{parent}>")
        if node.tag == "tr" and parent not in (
            "tbody",
            "thead",
            "tfoot",
            "table",
            "",
            "hx-partial",
            "template",
        ):
            raise self._broken(f"<tr> inside <{parent}>")


def read(markup: str) -> Node:
    """The tree of a page or fragment; raises BrokenPage."""
    reader = _Reader(markup)
    if reader.here is not reader.root:
        raise BrokenPage(f"<{reader.here.tag} {reader.here.attrs}> is never closed")
    reader.root.end = len(reader.root.page)
    if reader.doctype:
        reader.root.attrs["doctype"] = reader.doctype
    return reader.root
