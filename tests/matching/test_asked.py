"""How a need is read: its classes, its words, its trade keywords."""

import numpy as np
import pytest

from matching import Index, Need, NeedEmpty, build_index, compile_need, infer_classes, order
from matching.asked import Asked
from tests.matching.build import CLASSES, make_need, make_supplier, make_suppliers, packaged_classes


@pytest.fixture(scope="module")
def index() -> Index:
    return build_index(make_suppliers(), CLASSES)


@pytest.fixture(scope="module")
def packaged() -> Index:
    """The whole taxonomy over one firm."""
    return build_index([make_supplier(1, "155 mm shells")], packaged_classes())


def read(need: Need, index: Index) -> Asked:
    return compile_need(need, index.statistics)


def codes(need: Need, index: Index) -> list[str]:
    return [code for code, _share in infer_classes(index, need)]


def test_codes_decide_whatever_the_words_say(index: Index) -> None:
    asked = read(make_need("Centrifugal pumps", class_codes=("8340", "5820")), index)
    assert codes(asked.need, index) == ["5820", "8340"]
    assert asked.certainty == 1.0
    assert asked.reading[list(asked.classes)].tolist() == [0.5, 0.5]


def test_a_code_that_is_unknown_leaves_the_words(index: Index) -> None:
    assert codes(make_need("Centrifugal pumps", class_codes=("0000",)), index)[0] == "4320"


@pytest.mark.parametrize("entry", CLASSES, ids=lambda entry: entry.code)
def test_a_title_in_either_language_is_its_class(index: Index, entry) -> None:
    for need in (make_need(entry.title_en), make_need(title_fr=entry.title_fr)):
        asked = read(need, index)
        assert (codes(need, index), asked.certainty) == ([entry.code], 1.0)


@pytest.mark.parametrize("title", ["tentes et baches", "TENTES ET BÂCHES", "Tentes et bâchess"])
def test_a_title_survives_case_accents_and_a_typo(index: Index, title: str) -> None:
    assert codes(make_need(title_fr=title), index) == ["8340"]
    assert read(make_need(title_fr=title), index).certainty == 1.0


def test_every_packaged_title_reads_alike_in_both_languages(packaged: Index) -> None:
    """Classes that share a title in one language are read together with it."""
    for entry in packaged_classes():
        if entry.code == "9999":  # “Miscellaneous items” are stop words only
            continue
        english = codes(make_need(entry.title_en), packaged)
        french = codes(make_need(title_fr=entry.title_fr), packaged)
        assert entry.code in english and entry.code in french, (entry.code, english, french)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"title_en": "155 mm artillery projectile"}, "1320"),
        ({"title_en": "155mm artillery projectile"}, "1320"),
        ({"title_fr": "obus de gros calibre de 155-mm"}, "1320"),
        ({"title_en": "mortar bomb, 81 mm"}, "1315"),
        ({"title_fr": "Pompe centrifuge"}, "4320"),
        ({"title_fr": "poste radio"}, "5820"),
        ({"title_en": "Thing", "synonyms_en": ("arctic tent",)}, "8340"),
        ({"description_fr": "une bâche de camion"}, "8340"),
    ],
)
def test_words_are_read_as_the_nearest_class(index: Index, fields, expected: str) -> None:
    need = make_need(**fields)
    assert codes(need, index)[0] == expected
    assert read(need, index).reading.sum() == pytest.approx(1.0)


def test_an_acronym_is_read_as_the_class_that_has_it_as_a_keyword(index: Index) -> None:
    assert codes(make_need("EW"), index) == ["5820"]


@pytest.mark.parametrize("title", ["Zygomorphic flugelhorns", "EWE", "sewing and brewing"])
def test_words_like_no_class_are_read_as_none(index: Index, title: str) -> None:
    asked = read(make_need(title), index)
    assert (asked.classes, asked.certainty) == ((), 0.0)


def test_words_are_less_sure_than_a_code(index: Index) -> None:
    assert 0 < read(make_need("Radio sets and pump trolleys"), index).certainty < 1


def test_the_vector_has_length_one_unless_no_word_is_known(index: Index) -> None:
    assert np.linalg.norm(read(make_need("Arctic tents"), index).vector) == pytest.approx(1.0)
    assert not read(make_need("Zygomorphic flugelhorns"), index).vector.any()


def test_keywords_are_those_of_the_class_and_the_needs_own(index: Index) -> None:
    need = make_need("Tents and tarpaulins", synonyms_en=("truck tarps",))
    found = [keyword for keyword, _terms in read(need, index).keywords]
    assert found == ["truck tarps", "command post tent", "arctic tent", "tente arctique",
                     "bâche de camion"]  # fmt: skip


def test_a_keyword_that_no_firm_can_meet_whole_is_left_out(index: Index) -> None:
    need = make_need("Arctic tents", synonyms_en=("tent flugelhorn",))
    assert "tent flugelhorn" not in dict(read(need, index).keywords)


@pytest.mark.parametrize(
    "need",
    [
        make_need(),
        make_need("  \n", title_fr=" ", description_en="\t"),
        make_need(synonyms_en=("", " "), class_codes=("",)),
    ],
)
def test_a_need_without_words_or_codes_is_refused(index: Index, need: Need) -> None:
    with pytest.raises(NeedEmpty):
        order(index, need, limit=5)


@pytest.mark.parametrize("title", ["the", "—", "\x00", "🚁"])
def test_a_need_whose_words_say_nothing_finds_nothing(index: Index, title: str) -> None:
    assert all(score == 0 for _key, score in order(index, make_need(title), limit=0))
