"""A beach with a requirement of each kind, a club that asks for it, and who grants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from booking.cases import drafts, services
from booking.cases.models import Case
from booking.catalogue.models import PermitRequirement, UseKind
from booking.permits.models import Permit
from tests import factories as f
from tests.factories import NOW

PDF = b"%PDF-1.4\n%%EOF\n"


@dataclass
class World:
    """Kultur lends the beach; Teknisk grants the noise permit; the police (outside) the event permit."""

    unit: Any
    technical: Any
    beach: Any
    coach: Any
    club: Any
    noise: PermitRequirement
    event: PermitRequirement
    tidy: PermitRequirement
    insurance: PermitRequirement

    def body(self, days: int = 20, hour: int = 17, **more: Any) -> dict[str, Any]:
        """A request for an evening so many days ahead."""
        start = (NOW + timedelta(days=days)).replace(hour=hour, minute=0)
        line = {"resource": "stranda", "start": start.isoformat(), "end": (start + timedelta(hours=2)).isoformat()}
        return {"organisation": "jff", "purpose": "Sommerfest", "lines": [line], "audience": {"6-12": 20}} | more

    def asked(self, *, now: datetime = NOW, days: int = 20, **more: Any) -> Case:
        """The club asks."""
        draft = drafts.parse(self.body(days, **more), user=self.coach)
        return services.submit_request(draft, user=self.coach, now=now)

    def permit(self, case: Case, need: PermitRequirement) -> Permit:
        """The row of one requirement, fresh."""
        return Permit.objects.select_related("case", "requirement").get(case=case, requirement=need)


def make_world() -> World:
    """Nothing is asked for yet."""
    unit = f.make_unit("Kultur og idrett", slug="kultur", email="kultur@example.org")
    technical = f.make_unit("Teknisk", slug="teknisk", email="teknisk@example.org", phone="77 11 11 11")
    beach = f.make_resource("Stranda", unit=unit, slug="stranda", kind="area", approval="automatic")
    coach = f.make_user("Kari Trener")
    club = f.make_organisation("Jeger- og fiskerforeningen", leader=coach, slug="jff")
    sound = UseKind.objects.get(slug="amplified-sound")
    crowd = UseKind.objects.get(slug="large-crowd")
    return World(
        unit,
        technical,
        beach,
        coach,
        club,
        noise=PermitRequirement.objects.create(
            use=sound, what="Støydispensasjon <b>", what_en="Noise permit <b>", granting_unit=technical, blocking=True,
            severity="needs_officer", days_before=7,
        ),
        event=PermitRequirement.objects.create(
            use=crowd, what="Arrangementstillatelse", granted_by="Politiet", blocking=True, severity="block",
            url="https://www.politiet.no/", days_before=14,
        ),
        tidy=PermitRequirement.objects.create(
            resource=beach, kind="condition", what="Vi rydder etter oss", help="Alt søppel tas med hjem.",
            granted_by="Kultur og idrett",
        ),
        insurance=PermitRequirement.objects.create(
            unit=unit, kind="document", what="Forsikringsbevis", granting_unit=unit, blocking=True,
        ),
    )  # fmt: skip
