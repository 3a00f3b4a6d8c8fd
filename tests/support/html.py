"""A small strict HTML reader: what browsers forgive is an error here."""

from collections.abc import Iterator
from html.parser import HTMLParser

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


class Node:
    """An element with its attributes, children and place; texts are plain strings among the children."""

    def __init__(self, tag: str, attrs: dict[str, str], parent: "Node | None") -> None:
        self.tag, self.attrs, self.parent = tag, attrs, parent
        self.children: list[Node | str] = []

    def __getitem__(self, name: str) -> str:
        return self.attrs[name]

    def get(self, name: str, default: str = "") -> str:
        return self.attrs.get(name, default)

    def walk(self) -> Iterator["Node"]:
        """Every element below, in the order of the page."""
        for child in self.children:
            if isinstance(child, Node):
                yield child
                yield from child.walk()

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


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = self.here = Node("", {}, None)
        self.doctype = ""

    def handle_decl(self, decl: str) -> None:
        self.doctype = decl.lower()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            raise BrokenPage(f"an attribute stands twice in <{tag} {names}> (line {self.getpos()[0]})")
        node = Node(tag, {name: value if value is not None else "" for name, value in attrs}, self.here)
        self._check_place(node)
        self.here.children.append(node)
        if tag not in VOID:
            self.here = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID or self.here.tag != tag or self.here.parent is None:
            raise BrokenPage(f"</{tag}> closes <{self.here.tag} {self.here.attrs}> (line {self.getpos()[0]})")
        self.here = self.here.parent

    def handle_data(self, data: str) -> None:
        self.here.children.append(data)

    def _check_place(self, node: Node) -> None:
        if node.tag in NOT_IN_P and node.inside("p"):
            raise BrokenPage(f"<{node.tag}> inside <p> (line {self.getpos()[0]})")
        if node.tag == "form" and node.inside("form"):
            raise BrokenPage(f"<form> inside <form> (line {self.getpos()[0]})")
        if node.tag in INTERACTIVE and node.tag != "label":
            for around in ("a", "button"):
                if node.inside(around):
                    raise BrokenPage(f"<{node.tag}> inside <{around}> (line {self.getpos()[0]})")
        parent = node.parent.tag if node.parent is not None else ""
        if node.tag == "li" and parent not in ("ul", "ol", "menu"):
            raise BrokenPage(f"<li> inside <{parent}> (line {self.getpos()[0]})")
        if node.tag == "tr" and parent not in (
            "tbody",
            "thead",
            "tfoot",
            "table",
            "",
            "hx-partial",
            "template",
        ):
            raise BrokenPage(f"<tr> inside <{parent}> (line {self.getpos()[0]})")


def read(markup: str) -> Node:
    """The tree of a page or fragment; raises BrokenPage."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    if reader.here is not reader.root:
        raise BrokenPage(f"<{reader.here.tag} {reader.here.attrs}> is never closed")
    if reader.doctype:
        reader.root.attrs["doctype"] = reader.doctype
    return reader.root
