"""The evidence of a ranking or of a locked list as one ZIP, the same bytes every time; its check.

`inputs.json` holds the whole document; every other file is made from it, so that a pack made again
from its own inputs is equal to the byte. Nothing is compressed: what compression gives depends on
the version of its library.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

from registry.errors import RuleBroken
from registry.i18n import gettext as _
from registry.matches.evidence import Document, canonical, replayed, sha256
from registry.sheets import csv_chunks

INPUTS, MANIFEST = "inputs.json", "manifest.json"
STAMP = (1980, 1, 1, 0, 0, 0)  # the first moment that a ZIP can say: the same in every pack
MOST_BYTES = 200_000_000  # of the inputs, unpacked
TOLERANCE = 1e-9  # points: sums of the same numbers


def build_pack(document: Document) -> bytes:
    """The ZIP of a document: inputs, scores, gates, decisions, versions, and a manifest."""
    files = dict(_files(document))
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    files[MANIFEST] = canonical({"format": document["format"], "sha256": sums})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as pack:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, STAMP)
            entry.create_system = 3  # as on Unix, wherever it is made
            entry.external_attr = 0o644 << 16
            pack.writestr(entry, files[name])
    return out.getvalue()


def _files(document: Document) -> Iterator[tuple[str, bytes]]:
    firms = document["firms"]
    yield INPUTS, canonical(document)
    yield "need.json", canonical(document["need"])
    versions = ("format", "as_of", "engine", "profile", "index", "sources")
    yield "versions.json", canonical({name: document[name] for name in versions})
    yield "scores.json", canonical(_scores(document))
    yield "scores.csv", _csv(_score_rows(document))
    yield "gates.csv", _csv(_gate_rows(firms))
    if "shortlist" in document:
        decisions = [{"firm_id": one["firm_id"], **one["decision"]} for one in firms]
        yield "decisions.json", canonical({**document["shortlist"], "firms": decisions})
        yield "decisions.csv", _csv(_decision_rows(document))


def _csv(rows: Iterable[Iterable[Any]]) -> bytes:
    return b"".join(csv_chunks(rows))


def _scores(document: Document) -> list[dict[str, Any]]:
    return [
        {"firm_id": one["firm_id"], "name": one["name"], **one["match"]}
        for one in document["firms"]
        if one["match"]
    ]


def _score_rows(document: Document) -> Iterator[list[Any]]:
    features = sorted(document["profile"]["weights"])
    yield ["firm_id", "name_en", "name_fr", "rank", "score", *features]
    for one in document["firms"]:
        match = one["match"]
        points = {part["feature"]: part["points"] for part in match["parts"]} if match else {}
        rank, score = (match["rank"], match["score"]) if match else (None, None)
        names = [one["name"]["en"], one["name"]["fr"]]
        yield [one["firm_id"], *names, rank, score, *(points.get(name) for name in features)]


def _gate_rows(firms: list[Document]) -> Iterator[list[Any]]:
    yield ["firm_id", "gate", "state", "scheme", "expires_on", "activity"]
    for one in firms:
        for gate in one["match"]["gates"] if one["match"] else ():
            names = ("name", "state", "scheme", "expires_on", "activity")
            yield [one["firm_id"], *(gate[name] for name in names)]


def _decision_rows(document: Document) -> Iterator[list[Any]]:
    criteria = document["shortlist"]["criteria"]
    yield [
        "firm_id", "position", "status", "reject_reason", "reject_text", "tags", "note", "by",
        "conflict", *criteria, "comment",
    ]  # fmt: skip
    for one in document["firms"]:
        said = one["decision"]
        names = ("position", "status", "reject_reason", "reject_text")
        row = [one["firm_id"], *(said[name] for name in names), ", ".join(said["tags"])]
        agreed = said["consensus"] or [None] * len(criteria)
        yield [*row, said["note"], "consensus", None, *agreed, said["consensus_note"]]
        for each in said["evaluations"]:
            scores = each["scores"] or [None] * len(criteria)
            conflict = each["conflict_text"] if each["conflict"] else "no"
            yield [*row, None, each["person"]["email"], conflict, *scores, each["comment"]]


def read_inputs(content: bytes) -> Document:
    """The document of a pack. Raises RuleBroken for what is none of ours."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as pack:
            if pack.getinfo(INPUTS).file_size > MOST_BYTES:
                raise RuleBroken(_("The pack is too large."))
            return dict(json.loads(pack.read(INPUTS)))
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise RuleBroken(_("This file is not an evidence pack.")) from error


def differences(content: bytes) -> list[str]:
    """What in a pack is not as the matcher makes it from the pack's inputs; empty if all is equal.

    Files are compared with their digests, facts with theirs, scores, parts, gates and ranks with
    what `matching` makes of the frozen inputs, and last the whole pack byte by byte.
    """
    document = read_inputs(content)
    try:
        found = [*_wrong_files(content), *_wrong_facts(document), *_wrong_scores(document)]
        same = build_pack(document) == content
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RuleBroken(_("The inputs of this pack cannot be read.")) from error
    if not found and not same:
        found.append(_("The pack made again from its inputs is not the same file."))
    return found


def _wrong_files(content: bytes) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as pack:
        names = set(pack.namelist())
        sums = json.loads(pack.read(MANIFEST))["sha256"] if MANIFEST in names else {}
        for name in sorted(names - {MANIFEST} | sums.keys()):
            held = hashlib.sha256(pack.read(name)).hexdigest() if name in names else None
            if held != sums.get(name):
                yield _("%(file)s is not the file that the manifest names.", file=name)


def _wrong_facts(document: Document) -> Iterator[str]:
    for one in document["firms"]:
        if sha256(one["facts"]) != one["facts_sha256"]:
            yield _("The frozen record of firm %(id)s was changed.", id=one["firm_id"])


def _wrong_scores(document: Document) -> Iterator[str]:
    again = replayed(document)
    for one in document["firms"]:
        number, match = one["firm_id"], one["match"]
        made = again.get(number)
        if (made is None) != (match is None):
            yield _("Firm %(id)s has a score without facts, or facts without a score.", id=number)
        if not made or not match:
            continue
        points = {part["feature"]: part["points"] for part in match["parts"]}
        wrong = [name for name, value in made["points"].items() if _apart(value, points.get(name))]
        if wrong or _apart(made["score"], match["score"]):
            yield _(
                "Firm %(id)s: the score is %(made)s points, the pack says %(said)s.",
                id=number,
                made=round(made["score"], 4),
                said=round(match["score"], 4),
            )
        if made["rank"] != match["rank"]:
            yield _(
                "Firm %(id)s: the rank is %(made)s, the pack says %(said)s.",
                id=number,
                made=made["rank"],
                said=match["rank"],
            )
        if made["gates"] != match["gates"]:
            yield _("Firm %(id)s: the requirements are not met as the pack says.", id=number)


def _apart(made: float, said: float | None) -> bool:
    return said is None or abs(made - said) > TOLERANCE
