"""The JSON API keeps its contract, explains its figures and refuses in words."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

OWN = "northline-ordnance"


@pytest.fixture(scope="session")
def described_api(demo_app):
    return schemathesis.openapi.from_wsgi("/api/openapi.json", demo_app)


@pytest.fixture
def client(client_of):
    return client_of("visitor")


@pytest.mark.parametrize(
    ("method", "path", "mode"),
    [
        ("GET", "/api/categories", GenerationMode.POSITIVE),  # nothing can be asked wrongly
        ("POST", "/api/matches", GenerationMode.POSITIVE),
        ("POST", "/api/matches", GenerationMode.NEGATIVE),
        ("GET", "/api/firms/{firm_id}", GenerationMode.POSITIVE),
        ("GET", "/api/firms/{firm_id}", GenerationMode.NEGATIVE),
    ],
)
def test_what_is_asked_and_answered_is_as_described(described_api, method, path, mode):
    """Requests made up after the description: those that it allows, and those that it does not.

    Driven by hypothesis itself: schemathesis's own parametrization trips over this pytest.
    """

    @given(case=described_api[path][method].as_strategy(generation_mode=mode))
    @settings(
        max_examples=30,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def check(case):
        # A need without a word, or of an unknown class, has the shape described and is refused.
        case.call_and_validate(excluded_checks=[positive_data_acceptance])

    check()


def test_the_description_is_openapi_3_1(client):
    description = client.get("/api/openapi.json").json
    assert description["openapi"] == "3.1.0"
    assert set(description["paths"]) == {"/api/categories", "/api/matches", "/api/firms/{firm_id}"}


def test_categories_are_those_of_the_taxonomy(client):
    entries = client.get("/api/categories").json
    assert len(entries) == 66 and len({entry["code"] for entry in entries}) == 66
    first = next(entry for entry in entries if entry["code"] == "AMM-01")
    assert first["firms"] > 0 and "1320" in first["nsc"] and first["title_fr"] != first["title_en"]


@pytest.mark.parametrize(
    "need",
    [
        {"title_en": "155 mm artillery shells"},
        {"title_fr": "corps d’obus de 155 mm"},
        {"nsc": ["1320"]},
        {"description_en": "forging and machining of steel shell bodies", "nsc": ["1320", "1315"]},
        {"synonyms_fr": ["obus explosif", "munition d’artillerie"]},
    ],
)
def test_the_parts_of_a_match_add_up_to_its_score(client, need):
    answer = client.post("/api/matches", json={**need, "limit": 100})
    assert answer.status_code == 200
    matches = answer.json["matches"]
    assert len(matches) > 3
    for match in matches:
        points = [part["points"] for part in match["parts"]]
        assert abs(sum(points) - match["score"]) < 0.0001 * len(points) + 1e-9
        for part in match["parts"]:
            assert abs(part["weight"] * part["value"] - part["points"]) < 0.0001
            assert 0 <= part["value"] <= 1
    scores = [match["score"] for match in matches]
    assert scores == sorted(scores, reverse=True)
    assert [match["rank"] for match in matches] == list(range(1, len(matches) + 1))
    fitting = sum(score >= answer.json["least"] for score in scores)
    assert fitting == min(answer.json["fitting"], len(matches))


def test_the_reasons_are_in_the_readers_language(client):
    need = {"title_en": "155 mm artillery shells", "nsc": ["1320"]}
    titles = {
        language: {
            part["title"]
            for match in client.post(
                "/api/matches", json=need, headers={"Accept-Language": language}
            ).json["matches"]
            for part in match["parts"]
        }
        for language in ("en", "fr")
    }
    assert titles["en"] and not titles["en"] & titles["fr"]


def test_limit_is_kept(client):
    answer = client.post("/api/matches", json={"title_en": "shells", "limit": 2})
    assert len(answer.json["matches"]) == 2


def test_a_firm_holds_what_anyone_may_know(client, firm_ids):
    firm = client.get(f"/api/firms/{firm_ids[OWN]}").json
    assert firm["name"] == "Northline Ordnance (fictional)" and "1320" in firm["nsc"]
    assert firm["source"] == "demo" and firm["as_of"] == "2026-11-01"
    assert set(firm) == {
        "id", "name", "website", "activity", "employees", "profile_en", "profile_fr",
        "source", "as_of", "sites", "capabilities", "nsc",
    }  # fmt: skip


# Refusals


@pytest.mark.parametrize("path", ["/api/nothing", "/api/firms/99999", "/api/firms/x", "/api/"])
def test_what_is_not_there_is_said_in_json(client, path):
    answer = client.get(path)
    assert answer.status_code == 404 and answer.mimetype == "application/json"
    assert answer.json["code"] == 404 and answer.json["status"] == "Not Found"


@pytest.mark.parametrize("path", ["/nothing", "/en/nothing", "/apis", "/en/firms/99999"])
def test_elsewhere_it_is_said_in_a_page(client, path):
    answer = client.get(path)
    assert answer.status_code == 404 and answer.mimetype == "text/html"


def test_the_message_of_a_missing_firm_is_in_the_readers_language(client):
    answer = client.get("/api/firms/99999", headers={"Accept-Language": "fr"})
    assert "entreprise" in answer.json["message"] and "99999" in answer.json["message"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/matches", {"POST", "OPTIONS"}),
        ("DELETE", "/api/firms/1", {"GET", "HEAD", "OPTIONS"}),
        ("PUT", "/api/categories", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(client, method, path, allowed):
    answer = client.open(path, method=method)
    assert answer.status_code == 405 and answer.json["code"] == 405
    assert set(answer.headers["Allow"].split(", ")) == allowed


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title_en": "x", "limit": 0}, "limit"),
        ({"title_en": "x", "limit": 201}, "limit"),
        ({"title_en": "x", "limit": "many"}, "limit"),
        ({"title_en": 5}, "title_en"),
        ({"title_en": None}, "title_en"),
        ({"title_en": "x" * 4001}, "title_en"),
        ({"synonyms_en": "not a list"}, "synonyms_en"),
        ({"nsc": [1320]}, "nsc"),
        ({"title_en": "x", "id": ""}, "id"),
        ({"title_en": "x", "id": "a\0b"}, "id"),
        ({"title_en": "x", "surprise": 1}, "surprise"),
    ],
)
def test_a_wrong_field_is_named(client, body, field):
    answer = client.post("/api/matches", json=body)
    assert answer.status_code == 422
    assert list(answer.json["errors"]["json"]) == [field]


def test_a_fraction_of_a_firm_is_refused(client):
    answer = client.post("/api/matches", json={"title_en": "x", "limit": 1.5})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "body", [{}, {"title_en": " "}, {"nsc": []}, {"synonyms_en": ["", " "]}, {"limit": 5}]
)
def test_a_need_without_words_or_classes_is_refused(client, body):
    answer = client.post("/api/matches", json=body, headers={"Accept-Language": "fr"})
    assert answer.status_code == 422
    assert "besoin" in " ".join(answer.json["errors"]["json"]["_schema"])


@pytest.mark.parametrize("codes", [["9998"], ["XXXX", "1320"], ["<b>"], ["13 20"]])
def test_an_unknown_class_is_named(client, codes):
    answer = client.post("/api/matches", json={"nsc": codes})
    assert answer.status_code == 422
    assert next(code for code in codes if code != "1320") in answer.text


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 422),
        (b"[]", "application/json", 422),
        (b"\xff\xfe", "application/json", 400),
        (b"title_en=x", "application/x-www-form-urlencoded", 422),
    ],
)
def test_what_is_not_json_is_refused(client, data, kind, status):
    answer = client.post("/api/matches", data=data, content_type=kind)
    assert answer.status_code == status and answer.mimetype == "application/json"


@pytest.mark.parametrize("text", ["\0", "\ud800", "💥", "\u202e155", "e\u0301" * 900, "(" * 3000])
def test_any_words_are_only_words(client, text):
    answer = client.post("/api/matches", json={"title_en": f"shell {text}"})
    assert answer.status_code == 200 and answer.json["matches"]


def test_a_body_that_is_too_large_is_refused(client):
    data = b'{"title_en": "' + b"x" * (33 * 1024 * 1024) + b'"}'
    answer = client.post("/api/matches", data=data, content_type="application/json")
    assert answer.status_code == 413 and answer.json["code"] == 413
