"""CSV: separators, headings, quoting."""

import pytest

from registry.feeds.columns import Columns, MissingColumn
from registry.feeds.csv_rows import read_csv
from registry.feeds.problems import FileRefused, Silence
from registry.feeds.reader import Feed, Limits

COLUMNS = Columns(
    {"key": ("cle",), "name": ("nom",), "other_name": ("autre_nom",), "size": ("taille",)},
    required=("key",),
    one_of=("name", "other_name"),
)


class Heard(Silence):
    def __init__(self):
        self.refusals = []

    def refuse(self, line, refusal):
        self.refusals.append((line, refusal.faults[0].column, refusal.faults[0].reason))


@pytest.fixture
def rows_of(tmp_path):
    def read(text, limits=None):
        path = tmp_path / "a.csv"
        path.write_bytes(text.encode())
        heard = Heard()
        with Feed(path, limits) as feed:
            return [(r.line, dict(r.values)) for r in read_csv(feed, COLUMNS, heard)], heard

    return read


@pytest.mark.parametrize(
    "text",
    [
        "key,name,size\n1,Forge,« 1 234 »\n",
        "key;name;size\r\n1;Forge;« 1 234 »\r\n",
        "\ufeffClé;Nom;Taille\r\n1;Forge;« 1 234 »\r\n",
        "key\tname\tsize\n1\tForge\t« 1 234 »",
        "sep=;\nkey;name;size\n\n1;Forge;« 1 234 »\n",
        "SIZE,unknown,name,key\n« 1 234 »,?,Forge,1\n",
    ],
)
def test_separators_and_headings(rows_of, text):
    rows, heard = rows_of(text)
    assert [values for _line, values in rows] == [
        {"key": "1", "name": "Forge", "size": "« 1 234 »"}
    ]
    assert not heard.refusals


def test_a_row_is_named_by_its_first_line(rows_of):
    rows, _ = rows_of('key,name\n1,"a\nb"\n\n2,c\n')
    assert [line for line, _ in rows] == [2, 5]


def test_a_missing_column_is_named_in_both_languages(rows_of):
    with pytest.raises(MissingColumn, match=r"“key / cle” is missing.*headings are: name, size"):
        rows_of("name,size\nForge,3\n")
    with pytest.raises(MissingColumn, match=r"at least one of.*name / nom, other_name / autre_nom"):
        rows_of("key,size\n1,3\n")


def test_two_columns_of_one_meaning(rows_of):
    with pytest.raises(FileRefused, match="“name” and “Nom”"):
        rows_of("key,name,Nom\n1,a,b\n")


def test_rows_that_break_the_rules_are_refused(rows_of):
    rows, heard = rows_of('key,name\n1,"a"b\n2,c,d\n3,e,\n4,x\0y\n5,f\n')
    assert [values["key"] for _line, values in rows] == ["3", "5"]
    assert [(line, column) for line, column, _ in heard.refusals] == [(2, ""), (3, ""), (5, "name")]


def test_a_quotation_that_does_not_end(rows_of):
    with pytest.raises(FileRefused, match="begins at line 3 does not end"):
        rows_of('key,name\n1,a\n2,"b\n3,c\n')
    with pytest.raises(FileRefused, match="begins at line 3 does not end"):
        rows_of('key,name\n1,a\n2,"b\n' + "3,c\n" * 100, Limits(line_bytes=200))


def test_a_line_over_the_limit(rows_of):
    with pytest.raises(FileRefused, match="Line 3: The line is longer than 1 KiB"):
        rows_of("key,name\n1,a\n2," + "b" * 2000 + "\n", Limits(line_bytes=1024))


@pytest.mark.parametrize("text", ["", "\n", "key,name\n", "key,name\n,\n \n"])
def test_a_file_without_rows(rows_of, text):
    with pytest.raises(FileRefused, match="is empty"):
        rows_of(text)
