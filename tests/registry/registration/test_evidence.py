"""Files that vouch for certificates."""

import hashlib
import stat

import pytest

from registry.errors import NotFound, RuleBroken
from registry.registration import evidence, service

PDF = b"%PDF-1.7\nfictional"


@pytest.fixture
def attach(session, draft, ada, tmp_path):
    def attach_file(content=PDF, name="iso.pdf", key="n4"):
        return evidence.attach_file(session, ada.id, draft, key, tmp_path / "e", name, content)

    return attach_file


def test_a_file_is_kept_by_its_digest_for_this_account_alone(attach, tmp_path, draft):
    file = attach()
    path = evidence.path_of(tmp_path / "e", hashlib.sha256(PDF).hexdigest())
    assert path.read_bytes() == PDF and path.name == file.digest
    assert stat.S_IMODE(path.stat().st_mode) == 0o600  # no one's to run
    assert draft.content["certificates"][0]["files"] == [file.id]
    assert attach().id == file.id  # the same file twice is kept once
    assert draft.content["certificates"][0]["files"] == [file.id]


@pytest.mark.parametrize(
    "content",
    [b"", b"MZ\x90 program", b"<html>", b" %PDF-1.7", b"PK\x03\x04", b"%PDF-" + b"x" * 10485760],
)
def test_only_what_its_content_says_is_a_document(attach, content):
    with pytest.raises(RuleBroken):
        attach(content, "harmless.pdf")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\temp\\cert.exe", "cert.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "a_Set-Cookie_ x.pdf"),
        ("certificat é.PDF", "certificat é.pdf"),
        ("", "evidence.pdf"),
        ("x" * 400, "x" * 120 + ".pdf"),
    ],
)
def test_a_name_is_only_a_name(attach, given, kept):
    assert attach(name=given).name == kept


def test_a_file_goes_with_a_certificate(session, attach, draft, ada, admin):
    with pytest.raises(NotFound):
        attach(key="n9")
    file = attach()
    service.submit(session, ada.id, draft)
    firm = service.publish(session, admin.id, draft)
    (files,) = evidence.evidence_of(session, firm).values()
    assert [each.id for each in files] == [file.id]
    second = service.begin_revision(session, ada.id, firm.id)
    key = second.content["certificates"][0]["key"]
    assert second.content["certificates"][0]["files"] == [file.id]
    evidence.detach_file(session, ada.id, second, key, file.id)
    service.submit(session, ada.id, second)
    service.publish(session, admin.id, second)
    assert evidence.evidence_of(session, firm) == {}
    assert draft.content["certificates"][0]["files"] == [file.id]  # the first version names it


def test_a_certificate_has_room_for_few(attach):
    for number in range(evidence.MOST_FILES):
        attach(PDF + bytes([number]))
    with pytest.raises(RuleBroken):
        attach(b"%PDF-one more")
