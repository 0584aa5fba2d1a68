"""Words of two languages become terms that meet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching import text


@pytest.mark.parametrize(
    "spelling", ["155 mm", "155mm", "155-mm", "155 MM", "155\u00a0mm", "155 - mm"]
)
def test_a_quantity_meets_however_it_is_spaced(spelling: str) -> None:
    assert text.word_terms(f"shell, {spelling}, inert") == ["shell", "155mm", "inert"]
    assert text.numbers(f"shells of {spelling}") == {"155mm"}


@pytest.mark.parametrize("other", ["81 mm", "15 mm", "1155 mm", "155 cm", "155"])
def test_another_quantity_does_not_meet(other: str) -> None:
    assert not set(text.terms("155 mm")) & set(text.terms(other))


@pytest.mark.parametrize(("comma", "point"), [("7,62 mm", "7.62 mm"), ("5,56mm", "5.56 mm")])
def test_a_french_decimal_is_one_number(comma: str, point: str) -> None:
    assert len(text.terms(comma)) == len(text.terms(point)) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hélices à pas fixé", "HELICES A PAS FIXE"),
        ("œuvre d’art", "oeuvre d'art"),
        ("Protection balistique ÉLEVÉE", "protection balistique elevee"),
        ("naïve façade", "naive facade"),
        ("Hélice", "He\u0301lice"),  # composed and decomposed letters
    ],
)
def test_accents_case_and_ligatures_do_not_matter(one: str, other: str) -> None:
    assert text.word_terms(one) == text.word_terms(other)


def test_an_elided_article_is_not_part_of_the_word() -> None:
    assert text.word_terms("l’obus") == text.word_terms("obus") == text.word_terms("d'obus")


@pytest.mark.parametrize(
    ("one", "many"), [("tank", "tanks"), ("obus", "obus"), ("radio", "radios")]
)
def test_a_plural_meets_its_singular(one: str, many: str) -> None:
    assert text.word_terms(one) == text.word_terms(many)


def test_words_that_say_nothing_are_left_out() -> None:
    assert text.terms("the and of le la des misc. other") == []


def test_an_acronym_counts_as_a_whole_word_in_capitals() -> None:
    assert text.acronyms("EW receivers, and ESM.") == ["^ew", "^esm"]
    assert text.acronyms("new EWE shed, sewn, ew") == ["^ewe"]
    assert text.acronyms("PREVIEW of jewels") == []


def test_a_text_all_in_capitals_has_no_acronyms() -> None:
    assert text.acronyms("SEAL, EW, FOR PUMP") == []


@pytest.mark.parametrize("phrase", ["EW", " C2 ", "AI"])
def test_a_bare_acronym_is_sought_in_capitals_only(phrase: str) -> None:
    assert text.sought_terms(phrase) == [f"^{phrase.strip().lower()}"]
    assert not set(text.sought_terms(phrase)) & set(text.word_terms(phrase))


def test_an_acronym_among_words_is_sought_as_a_word() -> None:
    assert text.sought_terms("EOD robots") == text.word_terms("eod robots")


def test_noise_is_no_term() -> None:
    assert text.terms("x" * 41) == []
    assert text.terms("") == text.terms(" \n\t ") == text.terms("—!?…") == []


def test_sorted_words_forget_the_order() -> None:
    assert text.sorted_words("Tents, arctic") == text.sorted_words("arctic tents")


@given(st.text(max_size=200))
def test_any_text_gives_terms_that_can_be_kept(passage: str) -> None:
    for term in text.terms(passage):
        assert term.isascii()
        assert "\n" not in term and len(term) <= text.LONGEST_TERM + 1


@given(st.text(max_size=100))
def test_case_does_not_matter_to_words(passage: str) -> None:
    folded = text.fold(passage)
    assert text.raw_words(folded) == text.raw_words(passage)


@given(st.text(alphabet="ab1 é-mM.,’", max_size=60))
def test_folding_twice_is_folding_once(passage: str) -> None:
    assert text.fold(text.fold(passage)) == text.fold(passage)
