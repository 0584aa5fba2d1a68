"""The French catalogue is whole, and nothing is said outside it."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_keywords, parse_mapping_cfg
from babel.messages.pofile import read_po
from jinja2 import Environment

ROOT = Path(__file__).parent.parent
TRANSLATIONS = ROOT / "registry" / "translations"
TEMPLATES = sorted((ROOT / "registry" / "templates").rglob("*.html"))
MODULES = sorted((ROOT / "registry").rglob("*.py"))
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}|<[^>]+>")
WORDS = re.compile(r"[^\W\d_]{2,}\s+[^\W\d_]{2,}")  # two words: a sentence, not a code or a name


@pytest.fixture(scope="module")
def extracted() -> Catalog:
    """The messages in the code, read with the arguments that bin/messages gives."""
    script = (ROOT / "bin" / "messages").read_text()
    keywords = parse_keywords(re.findall(r"-k (\S+)", script))
    with (TRANSLATIONS / "babel.cfg").open() as file:
        method_map, options_map = parse_mapping_cfg(file)
    catalog = Catalog()
    for name, line, message, comments, context in extract_from_dir(
        ROOT, method_map, options_map, {**DEFAULT_KEYWORDS, **keywords}
    ):
        catalog.add(message, None, [(name, line)], auto_comments=comments, context=context)
    return catalog


@pytest.fixture(scope="module")
def french() -> Catalog:
    with (TRANSLATIONS / "fr" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale="fr")


def messages(catalog: Catalog) -> list[Message]:
    return [message for message in catalog if message.id]


def forms(texts: str | tuple[str, ...]) -> tuple[str, ...]:
    """A message's wordings: one, or one for each number."""
    return texts if isinstance(texts, tuple) else (texts,)


def test_every_message_is_translated(extracted, french):
    untranslated = [
        forms(message.id)[0]
        for message in messages(extracted)
        if (found := french.get(message.id, message.context)) is None
        or found.fuzzy
        or not all(text.strip() for text in forms(found.string))
    ]
    assert not untranslated, f"{len(untranslated)} messages; run bin/messages, then translate"


def test_no_sentence_is_the_same_in_both(french):
    copied = [text for m in messages(french) for text in forms(m.string) if text in forms(m.id)]
    assert not [text for text in copied if WORDS.search(text)]


def test_the_catalogue_holds_no_message_that_is_gone(extracted, french):
    gone = [message.id for message in messages(french) if message.id not in extracted]
    assert not gone and not french.obsolete


def test_the_extraction_finds_messages_of_each_kind(extracted):
    """Else the tests above could pass because nothing was read."""
    assert len(extracted) > 300
    for said in ("Sign in", "Controlled goods", "Serve the pages and the API.", "Fit"):
        assert said in extracted


def test_placeholders_and_tags_are_those_of_the_english(french):
    for message in messages(french):
        english = [sorted(PLACEHOLDER.findall(text)) for text in forms(message.id)]
        for place, text in enumerate(forms(message.string)):
            if text:  # what is empty fails above
                wanted = english[min(place, len(english) - 1)]
                assert sorted(PLACEHOLDER.findall(text)) == wanted, text


def test_french_has_its_own_apostrophe(french):
    for message in messages(french):
        for text in forms(message.string):
            assert "'" not in text, text


# What templates may say as it is: names, and the other language in its own words.
SAID_AS_IT_IS = {"Cadence"}


class _Texts(HTMLParser):
    """What a person reads or hears of a template: text, and the attributes that are spoken."""

    SPOKEN = frozenset({"alt", "aria-label", "placeholder", "title", "data-l"})

    def __init__(self, markup: str):
        super().__init__()
        self.found: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        self.found += [value or "" for name, value in attrs if name in self.SPOKEN]

    def handle_data(self, data):
        self.found.append(data)


def without_code(source: str) -> str:
    """A template's own markup: without expressions, statements and translated passages."""
    kept, translated, block = [], False, []
    for _line, kind, value in Environment().lex(source):
        if kind == "block_begin":
            block = []
        elif kind == "name":
            block.append(value)
        elif kind == "block_end" and block[:1] in (["trans"], ["endtrans"]):
            translated = block[0] == "trans"
        elif kind == "data" and not translated:
            kept.append(value)
    return "".join(kept)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_say_nothing_untranslated(path):
    texts = " ".join(_Texts(without_code(path.read_text())).found)
    said = set(re.findall(r"[^\W\d_]{2,}", texts)) - SAID_AS_IT_IS
    assert not said


GETTEXT = {"_", "gettext", "ngettext"}


def spoken_literals(source: str) -> Iterator[str]:
    """Strings in a template's expressions that are sentences and are not handed to gettext."""
    called, name = [], ""
    for _line, kind, value in Environment().lex(source):
        if kind == "operator" and value in "([{":
            called.append(name)
        elif kind == "operator" and value in ")]}":
            called.pop()
        elif kind == "string" and not GETTEXT & set(called) and WORDS.search(value):
            yield value.strip("\"'")
        name = value if kind == "name" else "" if kind != "whitespace" else name


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_expressions_say_nothing_untranslated(path):
    assert not list(spoken_literals(path.read_text()))


# Calls whose arguments a person reads.
SAYING = {
    "flash",
    "echo",
    "secho",
    "progressbar",
    "ClickException",
    "UsageError",
    "BadParameter",
    "NotFound",
    "Conflict",
    "NotAllowed",
    "RuleBroken",
    "ValidationError",
    "render_template",
    "option",
    "command",
}


def untranslated_in(tree: ast.AST) -> Iterator[str]:
    """Sentences written straight into a call that shows them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in SAYING:
            for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
                yield from _sentences(argument)


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _sentences(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call):  # gettext, or something with its own rules
        return
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str) and WORDS.search(node.value):
            yield node.value
        return
    for child in ast.iter_child_nodes(node):
        yield from _sentences(child)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_python_says_nothing_untranslated(path):
    assert not list(untranslated_in(ast.parse(path.read_text())))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_translated_inside_an_f_string(path):
    """Babel extracts nothing from there before Python 3.12."""
    hidden = [
        call.args[0].value
        for whole in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(whole, ast.JoinedStr)
        for call in ast.walk(whole)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in ("_", "gettext", "ngettext")
        and isinstance(call.args[0], ast.Constant)
    ]
    assert hidden == []


def test_what_these_tests_look_for_is_found():
    template = "{% trans %}Kept{% endtrans %}<p title='Spoken'>{{ _('Given') }} Bare</p>"
    assert "".join(_Texts(without_code(template)).found).split() == ["Spoken", "Bare"]
    assert list(spoken_literals("{{ 'Two words' if x else _('Two words') }}")) == ["Two words"]
    tree = ast.parse("flash('Two words'); raise NotFound(f'No such {x}'); flash(_('Two words'))")
    assert list(untranslated_in(tree)) == ["Two words", "No such "]
