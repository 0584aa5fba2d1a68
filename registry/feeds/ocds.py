"""OCDS 1.1 packages: releases one at a time, and what a release says, told by where it stands.

https://standard.open-contracting.org/1.1/en/schema/ - a release package holds releases, a record
package records with a `compiledRelease` each. Both are read with no more than one of them in
memory. A place in the file is written as a JSON Pointer (RFC 6901): /releases/4/tender/title.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import ijson

from registry.feeds.language import language_of
from registry.feeds.problems import Fault, FileRefused, Problems, RowRefused
from registry.feeds.reader import MIB, UTF8_MARK, Feed, Row, refuse_empty, refuse_other_kinds
from registry.feeds.text import clean, web_address
from registry.i18n import gettext as _

RELEASES, RECORDS = "releases", "records"
LARGEST = 16 * MIB  # of one release; real ones have some KiB
LONGEST_OCID, LONGEST_ID, LONGEST_ADDRESS = 80, 200, 500
COMPILED = "compiled"
LANGUAGES = ("en", "fr")


class _Counted:
    """The content without its mark, as long as no single part of it outgrows the memory."""

    def __init__(self, feed: Feed):
        self._stream = feed.start()
        refuse_other_kinds(self._stream.peek(4)[:4])
        if self._stream.peek(3)[:3] == UTF8_MARK:
            self._stream.read(3)
        self.since = 0  # bytes since the last release

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self.since += len(data)
        if self.since > LARGEST:
            raise FileRefused(
                _("A release of the package is larger than %(limit)d MiB.", limit=LARGEST // MIB)
            )
        return data


def read_releases(
    feed: Feed, problems: Problems, wanted: Callable[[dict[str, Any]], bool]
) -> Iterator[Row]:
    """The releases that are `wanted`, as `{"release": …}`; `line` counts all of them from 1.

    A record without a compiled release is refused. Raises FileRefused for what is no package, for
    JSON that breaks off or is none, and for a package that is empty.
    """
    kind = _kind(feed)
    content, count = _Counted(feed), 0
    try:
        for count, part in enumerate(ijson.items(content, f"{kind}.item"), start=1):
            size, content.since = content.since, 0
            path = f"/{kind}/{count - 1}"
            try:
                release = _release(part, kind, path)
            except RowRefused as refusal:
                problems.refuse(count, refusal)
                continue
            if wanted(release):
                path += "/compiledRelease" if kind == RECORDS else ""
                yield Row(count, size, {"release": release, "path": path})
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise _broken(error) from error
    if not count:
        raise refuse_empty(feed)


def _kind(feed: Feed) -> str:
    """Whether it is a release package or a record package."""
    depth = 0
    try:
        for event, value in ijson.basic_parse(_Counted(feed)):
            if depth == 1 and event == "map_key" and value in (RELEASES, RECORDS):
                return str(value)
            depth += (event in ("start_map", "start_array")) - (event in ("end_map", "end_array"))
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise _broken(error) from error
    raise FileRefused(
        _("The file is no OCDS package: it has neither “releases” nor “records” at its top.")
    )


def _broken(error: Exception) -> FileRefused:
    why = " ".join(str(error).split())[:200]
    return FileRefused(_("The file is not valid JSON, or is cut short: %(why)s", why=why))


def _release(part: Any, kind: str, path: str) -> dict[str, Any]:
    advice = _("Ask the publisher, or correct the package and import again.")
    if not isinstance(part, dict):
        raise RowRefused(Fault(path, part, _("This is not a JSON object in braces."), advice))
    if kind == RELEASES:
        return part
    compiled = part.get("compiledRelease")
    if not isinstance(compiled, dict):
        reason = _("The record has no compiled release.")
        raise RowRefused(Fault(f"{path}/compiledRelease", "", reason, advice))
    return compiled


@dataclass(frozen=True)
class Node:
    """A value of a release, and where it stands. What is not there is a Node of None."""

    value: Any
    path: str

    def __getitem__(self, name: str) -> "Node":
        value = self.value.get(name) if isinstance(self.value, dict) else None
        return Node(value, f"{self.path}/{name}")

    def each(self) -> list["Node"]:
        """The elements of a list; none of what is not one."""
        values = self.value if isinstance(self.value, list) else []
        return [Node(value, f"{self.path}/{place}") for place, value in enumerate(values)]

    def __bool__(self) -> bool:
        return self.value not in (None, "", [], {})


def tags_of(release: dict[str, Any]) -> set[str]:
    """The tags of a release; a publisher's own ones too."""
    tags = release.get("tag")
    return {tag for tag in tags if isinstance(tag, str)} if isinstance(tags, list) else set()


class Release:
    """One release on its way into facts; what is wrong with it is said with its place."""

    def __init__(self, row: Row, problems: Problems):
        self.row, self._problems = row, problems
        self.root = Node(row.values["release"], row.values["path"])
        self.tags = tags_of(row.values["release"])

    def head(self) -> tuple[str, str, dt.datetime]:
        """(ocid, id, date), which every release must have. Raises RowRefused."""
        ocid, number = self.text(self.root["ocid"]), self.text(self.root["id"])
        if not ocid or len(ocid) > LONGEST_OCID:
            raise self.refusal(self.root["ocid"], _("The ocid is missing or too long."))
        date = self.root["date"]
        moment = self.moment(date)
        if moment is None:
            raise self.refusal(date, _("The date of the release is missing or is not one."))
        number = number or (moment.isoformat() if COMPILED in self.tags else "")
        if not number or len(number) > LONGEST_ID:
            raise self.refusal(self.root["id"], _("The id of the release is missing or too long."))
        return ocid, number, moment

    def refusal(self, node: Node, reason: str) -> RowRefused:
        advice = _("Ask the publisher, or correct the package and import again.")
        return RowRefused(
            Fault(node.path, "" if node.value is None else node.value, reason, advice)
        )

    def warn(self, node: Node, reason: str) -> None:
        advice = _("The notice was kept without it.")
        self._problems.warn(self.row.line, Fault(node.path, node.value, reason, advice))

    def text(self, node: Node) -> str:
        """A text, or a number that stands for one, as ids may be; "" for anything else."""
        value = node.value
        if value is None or value == "":
            return ""
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            self.warn(node, _("This is not a text."))
            return ""
        return clean(str(value))

    def short(self, node: Node, most: int) -> str | None:
        """A text on one line of at most `most` characters."""
        text = " ".join(self.text(node).split())
        if len(text) > most:
            reason = _("The text is longer than %(limit)d characters and was cut.", limit=most)
            advice = _("The notice was kept with the beginning of it.")
            self._problems.warn(self.row.line, Fault(node.path, text, reason, advice))
            text = text[: most - 1] + "…"
        return text or None

    def pair(
        self, node: Node, name: str, take: Callable[[Node], str | None]
    ) -> tuple[str | None, str | None]:
        """(English, French) of a field: as such in the release's language, and as `name_fr`."""
        found = {twin: take(node[f"{name}_{twin}"]) for twin in LANGUAGES}
        language = self._language(node[name])
        found[language] = take(node[name]) or found[language]
        return found["en"], found["fr"]

    def _language(self, node: Node) -> str:
        """Of a text: as the release says, or as its words do where that is neither of the two."""
        stated = self.root["language"].value
        if isinstance(stated, str) and stated[:2].lower() in LANGUAGES:
            return stated[:2].lower()
        return language_of(node.value) if isinstance(node.value, str) else "en"

    def moment(self, node: Node, zone: dt.tzinfo = dt.UTC) -> dt.datetime | None:
        """A date-time in UTC; `zone` is that of one which states none."""
        text = self.text(node)
        if not text:
            return None
        try:
            moment = dt.datetime.fromisoformat(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(dt.UTC)
        except (ValueError, OverflowError):
            self.warn(node, _("This is not a date with a time."))
            return None

    def day(self, node: Node) -> dt.date | None:
        """The day of a date-time, where it was written."""
        text = self.text(node)
        if not text:
            return None
        try:
            return dt.date.fromisoformat(text[:10])
        except ValueError:
            self.warn(node, _("This is not a date."))
            return None

    def address(self, node: Node) -> str | None:
        text = self.text(node)
        address = web_address(text) if text else None
        if text and (address is None or len(address) > LONGEST_ADDRESS):
            self.warn(node, _("This is not a web address (http or https)."))
            return None
        return address

    def known(self, node: Node, words: dict[str, Any]) -> Any:
        """What a code of a closed list stands for here; None, with a warning, for another."""
        text = self.text(node)
        if text and text not in words:
            self.warn(node, _("The word is not one that the format knows."))
        return words.get(text)

    def party(self, reference: Node) -> Node:
        """The whole entry of an organization that is referred to; the reference where none is."""
        wanted = reference["id"].value
        for party in self.root["parties"].each() if wanted is not None else ():
            if party["id"].value == wanted:
                return party
        return reference
