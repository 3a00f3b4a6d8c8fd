"""What must hold on every page and fragment, and forms filled as a browser fills them."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from babel.messages.pofile import read_po
from werkzeug.test import TestResponse

from config import HOME
from tests.support.html import Node, read

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cache-Control": "no-store",
}
# Spellings of htmx 2, and what the content security policy would stop.
FORBIDDEN_ATTRIBUTES = re.compile(r"(on[a-z]+|style|hx-on.*|hx-ext|hx-disabled-elt|hx-vars|srcdoc)")
HTMX_ATTRIBUTES = {
    *("hx-get", "hx-post", "hx-target", "hx-swap", "hx-swap-oob", "hx-trigger", "hx-include", "hx-vals"),
    *("hx-headers", "hx-indicator", "hx-disable", "hx-sync", "hx-select", "hx-select-oob", "hx-push-url"),
    *("hx-replace-url", "hx-confirm", "hx-preserve", "hx-config", "hx-encoding", "hx-ignore"),
}
FIELDS = ("input", "select", "textarea")
NOT_TYPED = ("hidden", "submit", "button", "image", "reset")


class Page:
    """An answer as a tree; `check` has found nothing wrong with it."""

    def __init__(self, response: TestResponse, url: str) -> None:
        self.response, self.url = response, url
        self.status = response.status_code
        self.markup = response.get_data(as_text=True)
        try:
            # What stands in a redirect is never shown.
            self.root = read("" if 300 <= self.status < 400 else self.markup)
        except AssertionError as broken:
            raise AssertionError(f"{url}: {broken}") from None
        self.is_whole = "doctype" in self.root.attrs

    @property
    def text(self) -> str:
        return self.root.text

    @property
    def main(self) -> Node:
        """What differs from page to page."""
        return self.root.one("main") if self.is_whole else self.root

    @property
    def title(self) -> str:
        return self.root.one("h1").text

    @property
    def headers(self) -> Any:
        return self.response.headers

    def all(self, tag: str = "", **attrs: str | None) -> list[Node]:
        return self.root.all(tag, **attrs)

    def one(self, tag: str = "", **attrs: str | None) -> Node:
        return self.root.one(tag, **attrs)

    def form(self, action: str | None = None, *, of: str = "") -> "Form":
        """The form with this action, or holding the field `of`; else the only POST form of the main part."""
        forms = self.main.all("form")
        if action is not None:
            forms = [form for form in forms if form.get("action", self.url) == action]
        elif of:
            forms = [form for form in forms if form.all(name=of)]
        else:
            forms = [form for form in forms if form.get("method", "get").lower() == "post"]
        assert len(forms) == 1, f"{len(forms)} forms on {self.url}: {[form.get('action') for form in forms]}"
        return Form(forms[0], self.url)

    @property
    def links(self) -> list[str]:
        """The addresses of links on this site, in the order of the page."""
        return [node["href"] for node in self.all("a") if node.get("href").startswith("/")]

    @property
    def errors(self) -> dict[str, str]:
        """The sentence at each field that is marked wrong, by the field's name."""
        found = {}
        for node in self.root.walk():
            if node.tag in FIELDS and node.get("aria-invalid") == "true":
                sentences = [
                    self.one(id=ref).text for ref in node.get("aria-describedby").split() if "error" in ref
                ]
                found[node["name"]] = " ".join(sentences)
        return found


class Form:
    """A form as it stands in the page, and what a browser would send."""

    def __init__(self, node: Node, url: str) -> None:
        self.node = node
        self.action = node.get("action") or url
        self.method = node.get("method", "get").lower()

    @property
    def values(self) -> dict[str, list[str]]:
        """The successful controls, without buttons."""
        found: dict[str, list[str]] = {}
        for control in self.node.walk():
            if control.tag in FIELDS and control.get("name") and "disabled" not in control.attrs:
                for value in _values(control):
                    found.setdefault(control["name"], []).append(value)
        return found

    @property
    def names(self) -> list[str]:
        """The names of all controls, in order."""
        return list(
            dict.fromkeys(
                node["name"] for node in self.node.walk() if node.tag in FIELDS and node.get("name")
            )
        )

    def filled(self, typed: Mapping[str, Any], *, button: str = "") -> dict[str, list[str]]:
        """What is sent after typing; a field that the form does not have is an error in the test."""
        values = self.values
        for name, value in typed.items():
            assert name in self.names, f"the form {self.action} has no field {name}: {self.names}"
            values[name] = [str(one) for one in value] if isinstance(value, (list, tuple)) else [str(value)]
            if value is None:
                del values[name]
        if button:
            pressed = [
                node for node in self.node.all("button") if button in (node.get("name"), node.get("value"))
            ]
            assert pressed, f"the form {self.action} has no button {button}"
            values[pressed[0]["name"]] = [pressed[0].get("value")]
        return values


def check(page: Page, status: int = 200, *, language: str = "en") -> Page:
    """Assert everything that holds on every page and fragment; returns it."""
    assert page.status == status, f"{page.url} answered {page.status}, not {status}: {page.text[:500]}"
    check_headers(page.response)
    check_no_inline_code(page.root)
    check_ids(page.root)
    check_labels(page.root)
    check_forms(page.root)
    check_references(page)
    if page.is_whole:
        check_whole(page, language)
    return page


def check_headers(response: TestResponse) -> None:
    """The headers of every answer, literally."""
    for name, value in HEADERS.items():
        assert response.headers.get(name) == value, f"{name}: {response.headers.get(name)}"
    assert "Server" not in response.headers
    assert "HX-Request-Type" in response.headers.get("Vary", "")


def check_whole(page: Page, language: str) -> None:
    """One h1 that matches the title, one main, the language, and no text left in the other language."""
    html = page.one("html")
    assert html.get("lang").partition("-")[0] == language, f"lang={html.get('lang')}"
    heading = page.one("h1").text
    # Pictures have titles of their own.
    title = page.one("head").one("title").text
    assert heading and heading in title, f"title {title!r} does not name {heading!r}"
    page.one("main")
    levels = [int(node.tag[1]) for node in page.root.walk() if re.fullmatch("h[1-6]", node.tag)]
    for before, after in zip(levels, levels[1:], strict=False):
        assert after <= before + 1, f"headings jump from h{before} to h{after} on {page.url}"
    if language == "fr":
        left = set(_shown(page.root)) & english_sentences()
        assert not left, f"still in English on {page.url}: {sorted(left)}"


def check_no_inline_code(root: Node) -> None:
    """Nothing that the content security policy would stop, no spelling of htmx 2, no outside host."""
    for node in root.walk():
        assert node.tag != "style", "an inline style sheet"
        if node.tag == "script":
            assert node.get("src").startswith("/static/") and not node.raw_text.strip(), "an inline script"
        for name, value in node.attrs.items():
            assert not FORBIDDEN_ATTRIBUTES.fullmatch(name), f"{name}= on <{node.tag}>"
            if name.startswith("hx-"):
                check_htmx(node, name, value)
            if name in ("href", "src", "action", "formaction"):
                assert not re.match(r"\s*(javascript|data|vbscript):", value, re.IGNORECASE), (
                    f"{name}={value}"
                )
        source = node.get("src") or (node.get("href") if node.tag == "link" else "")
        assert not urlsplit(source).netloc, f"{source} is on another host"


def check_htmx(node: Node, name: str, value: str) -> None:
    """The attributes of htmx 4, without code in them."""
    base = name.split(":")[0]
    assert base in HTMX_ATTRIBUTES or base == "hx-status", (
        f"{name} is not an attribute of htmx 4 that Carnet uses"
    )
    assert "js:" not in value and "javascript:" not in value, f"{name} holds code"
    if base == "hx-trigger":
        assert "[" not in value, f"a filter in {name}={value}"


def check_ids(root: Node) -> None:
    """No id stands twice."""
    ids = [node["id"] for node in root.walk() if "id" in node.attrs]
    twice = {one for one in ids if ids.count(one) > 1}
    assert not twice, f"ids that stand twice: {sorted(twice)}"
    assert all(one and not re.search(r"\s", one) for one in ids), "an empty id"


def check_labels(root: Node) -> None:
    """Every control has a name that assistive technology can say."""
    labelled = {node.get("for") for node in root.all("label")}
    for node in root.walk():
        if node.tag in FIELDS and node.get("type") not in NOT_TYPED:
            named = node.get("aria-label") or node.get("aria-labelledby") or node.get("title")
            assert named or node.get("id") in labelled or node.inside("label"), (
                f"no label: <{node.tag} {node.attrs}>"
            )
        if node.tag in ("button", "a") and (node.tag == "button" or "href" in node.attrs):
            images = [image.get("alt") for image in node.all("img")] + [svg.text for svg in node.all("svg")]
            named = node.text or node.get("aria-label") or node.get("aria-labelledby") or "".join(images)
            assert named, f"nothing to read on <{node.tag} {node.attrs}>"


def check_forms(root: Node) -> None:
    """Forms that change something carry the token; forms that ask have none in the address."""
    for form in root.all("form"):
        if form.get("method").lower() == "post":
            assert form.all("input", name="csrf_token"), f"no csrf_token in {form.attrs}"
            assert "novalidate" in form.attrs or not form.all("input", required=""), (
                f"no novalidate in {form.attrs}"
            )
        elif form.get("method").lower() != "dialog":
            assert not form.all(name="csrf_token"), f"a token would be in the address: {form.attrs}"


def check_references(page: Page) -> None:
    """What for=, aria-labelledby and aria-describedby name is on the page."""
    ids = {node["id"] for node in page.root.walk() if "id" in node.attrs}
    for node in page.root.walk():
        for name in ("for", "aria-labelledby", "aria-describedby", "list"):
            for ref in node.get(name).split():
                assert ref in ids, f"{name}={ref} names nothing on {page.url}"
        if page.is_whole and node.tag == "a" and node.get("href").startswith("#") and len(node["href"]) > 1:
            assert node["href"][1:] in ids, f"{node['href']} leads nowhere on {page.url}"


@cache
def english_sentences() -> frozenset[str]:
    """The texts that have another wording in French, but for the names that an office begins with."""
    path = HOME / "translations/fr/LC_MESSAGES/messages.po"
    if not path.exists():
        return frozenset()
    with path.open("rb") as file:
        catalogue = read_po(file, locale="fr")
    sources = ("settings.py", "taxes.py", "documents/kinds.py")
    first = "".join((HOME / "services" / name).read_text("utf-8") for name in sources)
    return frozenset(
        str(message.id)
        for message in catalogue
        if isinstance(message.id, str)
        and message.string
        and message.string != message.id
        and " " in message.id
        and f'"{message.id}"' not in first
    )


def _shown(root: Node) -> Iterable[str]:
    yield from root.texts
    for node in root.walk():
        yield from (node[name] for name in ("aria-label", "placeholder", "title", "alt") if node.get(name))


def _values(control: Node) -> list[str]:
    if control.tag == "textarea":
        # A browser drops the line end right after the tag and sends CR LF for the others.
        return [re.sub(r"\r?\n", "\r\n", re.sub(r"^\r?\n", "", control.raw_text))]
    if control.tag == "select":
        options = control.all("option")
        chosen = [option for option in options if "selected" in option.attrs]
        if not chosen and "multiple" not in control.attrs:
            chosen = options[:1]
        return [
            option.get("value", option.text) if "value" in option.attrs else option.text for option in chosen
        ]
    kind = control.get("type", "text")
    if kind in ("checkbox", "radio"):
        return [control.get("value") or "on"] if "checked" in control.attrs else []
    return [] if kind in ("submit", "button", "image", "reset", "file") else [control.get("value")]
