"""Documents: known by content, bounded, never run or shown in place (quality.md "Security and privacy")."""

from __future__ import annotations

import io
import zipfile

import pytest
from PIL import Image

from booking.agreements import rules, services
from booking.agreements.models import AgreementDocument, DocumentContent
from booking.foundation import files
from booking.foundation.errors import Forbidden, Invalid, TooLarge
from tests.agreements.world import World
from tests.factories import NOW, make_organisation, make_user

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def picture(kind: str) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (20, 10), "green").save(made, kind)
    return made.getvalue()


def zipped(**entries: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return made.getvalue()


DOCX = zipped(word__document_dot_xml=b"<x/>")
ODT = zipped(mimetype=b"application/vnd.oasis.opendocument.text")


@pytest.mark.parametrize(
    ("content", "kind", "name"),
    [
        (PDF, "application/pdf", "avtale.pdf"),
        (picture("PNG"), "image/png", "avtale.png"),
        (picture("JPEG"), "image/jpeg", "avtale.jpg"),
        (DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "avtale.docx"),
        (ODT, "application/vnd.oasis.opendocument.text", "avtale.odt"),
        ("Avtalt på telefon æøå".encode(), "text/plain; charset=utf-8", "avtale.txt"),
    ],
)
def test_what_it_is_follows_from_the_content(world: World, content: bytes, kind: str, name: str) -> None:
    made = world.written()
    row = services.add_document(
        made, name="avtale.exe", content=content, by=world.leader, organisation=world.club, now=NOW
    )
    assert (row.content_type, row.name, row.size) == (kind, name, len(content))
    assert bytes(DocumentContent.objects.get().data) == content


@pytest.mark.parametrize(
    "content",
    [
        b"<html><script>alert(1)</script></html>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"hei <script>alert(1)</script>",
        b"MZ\x90\x00 program",
        b"\x7fELF\x02",
        b"GIF89a",
        zipped(word__document_dot_xml=b"<x/>", word__vbaProject_dot_bin=b"macro"),
        zipped(readme_dot_txt=b"whatever"),
        b"PK\x03\x04 broken",
        b"\x89PNG\r\n\x1a\n broken",
        picture("PNG")[:40],
    ],
)
def test_anything_else_is_refused_with_its_field(world: World, content: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        services.add_document(
            world.written(), name="avtale.pdf", content=content, by=world.leader, organisation=world.club, now=NOW
        )
    assert refused.value.errors[0].loc == ("file",)
    assert not AgreementDocument.objects.exists()


def test_too_much_too_many_and_nothing(world: World) -> None:
    made = world.written()

    def add(content: bytes) -> AgreementDocument:
        return services.add_document(made, name="a.txt", content=content, by=world.officer, now=NOW)

    with pytest.raises(TooLarge):
        add(b"a" * (files.DOCUMENT_BYTES + 1))
    with pytest.raises(Invalid):
        add(b"")
    for number in range(rules.MOST_DOCUMENTS):
        add(f"tekst {number}".encode())
    assert add(b"tekst 3").pk == AgreementDocument.objects.order_by("pk")[3].pk  # the same bytes
    with pytest.raises(Invalid) as refused:
        add(b"en til")
    assert refused.value.code == "too_many"


def test_only_who_added_it_takes_it_off_and_its_bytes_stay(world: World) -> None:
    made = world.written()
    row = services.add_document(made, name="a.pdf", content=PDF, by=world.leader, organisation=world.club, now=NOW)
    with pytest.raises(Forbidden):
        services.remove_document(made, row.pk, by=world.officer, now=NOW)
    other = make_organisation("En annen", leader=make_user("Anne"))
    with pytest.raises(Forbidden):
        services.remove_document(made, row.pk, by=other.memberships.get().user, organisation=other, now=NOW)
    services.remove_document(made, row.pk, by=world.leader, organisation=world.club, now=NOW)
    row.refresh_from_db()
    assert row.removed_at == NOW
    assert DocumentContent.objects.exists()


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\avtaler\\Stranda 2009.PDF", "Stranda 2009.pdf"),
        ('a"; filename="b.exe', "a filenameb.pdf"),
        ("\r\nSet-Cookie: x", "Set-Cookie x.pdf"),
        ("", "dokument.pdf"),
        ("Årsavtale ø.pdf", "Årsavtale ø.pdf"),
    ],
)
def test_a_name_keeps_its_words_and_nothing_else(name: str, safe: str) -> None:
    assert files.safe_name(name, "pdf") == safe
