"""N15: "They can't offer us money, but they have tools that can help us".

Anyone in a venue can report a fault by a code on the wall, with photo; unit, answer date and state are shown.
"""

from __future__ import annotations

import io
import re

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from booking.faults.models import Fault, WallCode
from tests import factories as f
from tests.scenarios.conftest import Stage


def photo() -> SimpleUploadedFile:
    kept = io.BytesIO()
    Image.new("RGB", (60, 40), "grey").save(kept, "JPEG")
    return SimpleUploadedFile("dusj.jpg", kept.getvalue(), "image/jpeg")


def test_from_the_wall_to_mended(stage: Stage) -> None:
    ola = stage.browser(stage.unit.officer)
    # Ola makes the sign; it has a code to scan and a short address.
    sign = f"/admin/booking/resources/wall/{stage.hall.pk}/"
    ola.post(sign)
    code = WallCode.objects.get().code
    assert f"/f/{code}/" in ola.get(sign).content.decode()
    # A visitor without account or name reports a fault with a photo, and asks to be told.
    visitor = stage.browser()
    typed = {"kind": "water", "words": "Dusjen renner", "photo": photo(), "email": "gjest@example.org"}
    sent = visitor.post(f"/f/{code.lower()}/", typed)
    fault = Fault.objects.get()
    (receipt,) = stage.post_goes_out()
    assert receipt.to == ["gjest@example.org"]
    page = visitor.get(sent["Location"]).content.decode()
    # Number, unit and the promised day are there, what was written isn't.
    assert fault.case.reference in page
    assert "Kultur og idrett" in page
    assert str(fault.case.answer_by.day) in page
    assert "Dusjen renner" not in page
    # The next one sees that it is known, and says so too.
    other = stage.browser()
    assert f'value="{fault.pk}"' in other.get(f"/f/{code}/").content.decode()
    other.post(f"/f/{code}/", {"act": "too", "fault": fault.pk})
    # It lies in the unit's queue, and nobody else's.
    assert fault.case.reference in ola.get("/admin/booking/cases/").content.decode()
    wenche = stage.browser(f.make_officer(f.make_unit("Teknisk")))
    assert fault.case.reference not in wenche.get("/admin/booking/faults/").content.decode()
    case_page = ola.get(f"/admin/booking/cases/inspect/{fault.case_id}/").content.decode()
    assert "Dusjen renner" in case_page
    address = re.search(r"/admin/booking/faults/photo/\d+/", case_page)
    assert address is not None
    assert ola.get(address[0])["Content-Disposition"].startswith("attachment")
    # Looked at, then mended: everybody sees it, and the visitor is told.
    ola.post(f"/admin/booking/faults/act/{fault.pk}/look/")
    ola.post(f"/admin/booking/faults/act/{fault.pk}/mended/")
    (told,) = stage.post_goes_out()
    assert told.to == ["gjest@example.org"]
    fault.refresh_from_db()
    assert (fault.state, fault.too, fault.case.state) == ("mended", 1, "closed")
    assert visitor.get(f"/f/{code}/").content.decode().count(f'value="{fault.pk}"') == 0
