"""What permits say about people: who applied, confirmed, granted and handed in a file, and how long."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from booking.cases.models import Case
from booking.foundation import personal
from booking.foundation.personal import Fact, PersonalData, Record, RetentionClass, naming
from booking.permits.models import Permit, PermitDocument, PermitDocumentContent

_OVER = ("closed", "refused", "withdrawn", "dismissed")


def register() -> None:
    """Tell the registries."""
    personal.register_personal_data(
        PersonalData(
            name="permits",
            label=_("Permits and conditions of your requests"),
            why=_("So that you and the municipality see what is left before a loan, and who said what."),
            goes=_("The notes and the names of files in which your name, address or phone stand."),
            stays=_("That something was applied for, confirmed or granted, and when. It no longer says who you are."),
            collect=_collect,
            erase=_erase,
            covers=(
                "samskap_booking.permit.changed_by",
                "samskap_booking.permit.note",
                "samskap_booking.permitdocument.uploaded_by",
                "samskap_booking.permitdocument.name",
            ),
        )
    )
    personal.register_retention(
        RetentionClass(
            name="permit_documents",
            label=_("Files that were handed in for permits"),
            what=_("The files and their names are deleted, and the notes emptied. What was granted and when stays."),
            rows=_with_something_left,
            moment="changed_at",
            keep=timedelta(days=730),
            forget=_forget,
        )
    )


def _with_something_left() -> QuerySet[Permit]:
    """Of cases that are over: an open case needs its papers."""
    kept = PermitDocumentContent.objects.filter(document__permit=OuterRef("pk"))
    over = Case.objects.filter(state__in=_OVER).values("pk")
    return Permit.objects.filter(Q(Exists(kept)) | ~Q(note=""), case__in=over)


def _forget(rows: QuerySet[Permit], now: datetime) -> int:
    found = [row.pk for row in rows]
    mine = PermitDocument.objects.filter(permit__in=found)
    PermitDocumentContent.objects.filter(document__in=mine).delete()
    mine.update(name="")
    Permit.objects.filter(pk__in=found).update(note="")
    return len(found)


def _collect(user: Any) -> Iterable[Record]:
    rows = Permit.objects.filter(changed_by=user).select_related("case", "requirement").order_by("pk")
    for row in rows:
        yield Record(
            title=f"{row.case.reference}: {row.requirement.what}",
            facts=(
                Fact("state", _("Where it stands"), str(row.get_state_display())),
                Fact("date", _("Since"), row.date),
                Fact("note", _("Note"), row.note),
            ),
        )
    files = PermitDocument.objects.filter(uploaded_by=user).select_related("permit__case").order_by("pk")
    for one in files:
        yield Record(
            title=f"{one.permit.case.reference}: {one.name}",
            facts=(Fact("uploaded_at", _("Handed in"), one.uploaded_at),),
        )


def _erase(user: Any, now: datetime) -> int:
    """Words that name the person; the rows belong to the case."""
    named = naming(user)
    touched = 0
    for row in Permit.objects.filter(named.in_any("note")):
        if named.is_in(row.note):
            row.note = named.without(row.note)
            row.save(update_fields=["note"])
            touched += 1
    for one in PermitDocument.objects.filter(named.in_any("name")):
        if named.is_in(one.name):
            one.name = named.without(one.name)
            one.save(update_fields=["name"])
            touched += 1
    return touched
