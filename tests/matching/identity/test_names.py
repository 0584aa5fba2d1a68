"""Reading a firm's name. All firms are invented."""

import pytest

from matching.identity import words as lexicon
from matching.identity.names import canonical, fold, parse

SAME_KEY = [
    ("Borealis Optics Inc.", "BOREALIS OPTICS"),
    ("Borealis Optics Ltd.", "Borealis Optics Limited"),
    ("Forges Harfang Ltée", "Forges Harfang Limitée"),
    ("Forges Harfang S.E.N.C.R.L.", "Forges Harfang, SENCRL"),
    ("Forges Harfang, société en commandite", "Forges Harfang S.E.C."),
    ("Tessier Wolnik LLP", "Tessier & Wolnik"),
    ("Kestwick Intl Mfg Co.", "Kestwick International Manufacturing Company"),
    ("Kestwick Int'l Svcs", "Kestwick International Services"),
    ("Systèmes Kestwick Inc.", "Kestwick Systems Inc."),
    ("Groupe Varnier", "Varnier Group"),
    ("Les Industries Varnier Enr.", "Varnier Industries Reg'd"),
    ("Oster Bros. Eng.", "Oster Brothers Engineering"),
    ("D.R.V. Avionics ULC", "DRV Avionics"),
    ("St. Osric Foundry", "Saint Osric Fonderie"),
    ("The Quillon Company Limited", "Quillon"),
    ("L'Atelier Quillon", "Atelier Quillon"),
]


@pytest.mark.parametrize(("one", "other"), SAME_KEY)
def test_forms_abbreviations_and_languages_share_a_key(one: str, other: str) -> None:
    assert parse(one).whole.sorted_key == parse(other).whole.sorted_key


@pytest.mark.parametrize(
    ("one", "other"),
    [("4KEEP", "4 KEEP"), ("Kestwick Data Link", "KestwickDataLink"), ("AV Torq", "AVTorq")],
)
def test_spaces_do_not_change_the_squashed_name(one: str, other: str) -> None:
    assert parse(one).whole.squashed == parse(other).whole.squashed


@pytest.mark.parametrize(
    "joiner",
    ["o/a", "doing business as", "d/b/a", "faisant affaire sous le nom de", "c.o.b. as"],
)
def test_a_trade_name_is_a_part(joiner: str) -> None:
    parsed = parse(f"7654321 Canada Inc. {joiner} Borealis Optics")
    assert [part.words for part in parsed.parts] == [("7654321", "canada"), ("borealis", "optic")]
    assert parsed.is_numbered_company


def test_quebec_number_is_one_number() -> None:
    assert parse("9876-5432 Québec inc.").whole.numbers == {"98765432"}


def test_initials_at_the_head_are_no_legal_form() -> None:
    assert parse("AG Quillon Inc.").whole.words == ("ag", "quillon")


@pytest.mark.parametrize("empty", ["", "   ", "--"])
def test_nothing_to_read(empty: str) -> None:
    assert parse(empty).whole.words == ()


def test_a_name_of_legal_forms_keeps_its_words() -> None:
    assert parse("The Limited").whole.words == ("the", "limited")


def test_fold_keeps_letters_of_both_languages() -> None:
    assert fold("Œuvre d'Été & Cie") == "oeuvre d ete and cie"


def test_every_canonical_word_stands_for_itself() -> None:
    assert {word for word in lexicon.TWINS.values() if canonical(word) != word} == set()


def test_lists_are_folded() -> None:
    listed = lexicon.LEGAL_FORMS | lexicon.STOP_WORDS | lexicon.GENERIC | lexicon.PLACES
    assert {word for word in listed | set(lexicon.TWINS) if fold(word) != word} == set()
