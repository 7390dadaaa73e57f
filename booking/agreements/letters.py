"""The letters about agreements, in one plain form. Each is rendered when it leaves, from what is true then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.agreements import wording
from booking.agreements.models import Agreement, AgreementState, TaskDate
from booking.agreements.selectors import is_on, with_all
from booking.correspondence import registry
from booking.correspondence.letters import Letter, render
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.organisations import selectors as organisations
from booking.organisations.models import Organisation

Payload = Mapping[str, Any]


def register() -> None:
    """Make the letters known to the outbox."""
    registry.register("agreement_to_confirm", to_confirm, still_to_confirm)
    registry.register("agreement_reminder", reminder, still_to_confirm)
    registry.register("agreement_agreed", agreed, still_agreed)
    registry.register("agreement_declined", declined, still_declined)
    registry.register("agreement_expiring", expiring, still_expiring)
    registry.register("agreement_notice", notice)
    registry.register("agreement_dates", dates_taken, still_agreed)
    registry.register("agreement_tasks", tasks, tasks_wait)


def agreement_of(payload: Payload) -> Agreement:
    found: Agreement = with_all(Agreement.objects.all()).get(pk=payload["agreement"])
    return found


def url_of(agreement: Agreement, organisation_id: int | None, language: str) -> str:
    """The agreement's page for that side; the front page where a host shows it elsewhere."""
    with translation.override(language):
        try:
            if organisation_id is None:
                path = reverse("booking_agreements:inspect", args=[agreement.pk])
            else:
                slug = Organisation.objects.values_list("slug", flat=True).get(pk=organisation_id)
                path = reverse("booking:my_agreement", args=[slug, agreement.reference])
        except (NoReverseMatch, Organisation.DoesNotExist):
            path = "/"
    return booking_settings().public_base_url + path


def _letter(
    payload: Payload, language: str, agreement: Agreement, subject: str, *paragraphs: str, **more: Any
) -> Letter:
    staff = payload["organisation"] is None
    context = {
        "subject": subject,
        "agreement": agreement,
        "about": agreement.title,
        "where": wording.where_words(agreement),
        "period": wording.period_words(agreement),
        "parties": ", ".join(one.organisation.name for one in agreement.parties.all()),
        "hours": [
            f"{wording.hours_words(row)}, {localized(row.resource, 'name', language)}" for row in agreement.hours.all()
        ],
        "paragraphs": [one for one in paragraphs if one],
        "unit": wording.unit_name(agreement),
        "unit_email": agreement.unit.email,
        "unit_phone": agreement.unit.phone,
        "link": url_of(agreement, payload["organisation"], language),
        "action_label": _("Look at the agreement"),
    } | more
    return render("agreement", context, language, reply_to="" if staff else agreement.unit.email)


def _writer(agreement: Agreement) -> str:
    """Who wrote it down, and for whom."""
    label = organisations.hat_labels([agreement.written_hat]).get(agreement.written_hat, "")
    if agreement.written_hat.startswith("unit:") and not booking_settings().show_officer_names:
        return label
    return f"{agreement.written_by} ({label})" if label else str(agreement.written_by)


def to_confirm(payload: Payload, language: str) -> Letter:
    """Somebody has written down what was agreed: is that right?"""
    one = agreement_of(payload)
    facts = {"who": _writer(one), "title": one.title}
    oral = one.form == "oral"
    return _letter(
        payload,
        language,
        one,
        _("Is this what was agreed? %(title)s") % facts,
        (
            _("%(who)s has written down an oral agreement with you.")
            if oral
            else _("%(who)s has written down an agreement with you.")
        )
        % facts,
        _("It holds when every side has confirmed it. Read it, and confirm, correct or decline it."),
        action_label=_("Read it and answer"),
    )


def reminder(payload: Payload, language: str) -> Letter:
    """Two weeks have gone, and one side still only says so."""
    one = agreement_of(payload)
    facts = {"title": one.title, "who": _writer(one), "day": wording.day_words(clock.local_date(one.written_at, _tz()))}
    return _letter(
        payload,
        language,
        one,
        _("Still to be confirmed: %(title)s") % facts,
        _("%(who)s wrote down an agreement with you on %(day)s. You have not confirmed it yet.") % facts,
        _("Until you do, it is shown as confirmed by one side only, and gives no hours."),
        action_label=_("Read it and answer"),
    )


def agreed(payload: Payload, language: str) -> Letter:
    """Everybody has confirmed: what holds from when, and dates that could not be had."""
    one = agreement_of(payload)
    count = int(payload.get("left_out", 0))
    return _letter(
        payload,
        language,
        one,
        _("Agreed: %(title)s") % {"title": one.title},
        _("Every side has confirmed. The agreement holds from %(day)s.") % {"day": wording.day_words(one.start)},
        ngettext(
            "%(count)s date is somebody else's and was left out. It stands on the agreement's page.",
            "%(count)s dates are somebody else's and were left out. They stand on the agreement's page.",
            count,
        )
        % {"count": count}
        if count
        else "",
        _("Print the page if you want it on paper."),
    )


def declined(payload: Payload, language: str) -> Letter:
    """Somebody said no, and why."""
    one = agreement_of(payload)
    label = organisations.hat_labels([one.declined_hat]).get(one.declined_hat, "")
    return _letter(
        payload,
        language,
        one,
        _("Declined: %(title)s") % {"title": one.title},
        _("%(who)s has declined the agreement. It doesn't hold.")
        % {"who": label or booking_settings().municipality_name},
        quote=one.declined_reason,
    )


def expiring(payload: Payload, language: str) -> Letter:
    """The last day comes near."""
    one = agreement_of(payload)
    facts = {"title": one.title, "day": wording.day_words(one.last_day) if one.last_day else ""}
    return _letter(
        payload,
        language,
        one,
        _("Ends on %(day)s: %(title)s") % facts,
        _("The agreement ends on %(day)s. Nothing goes on by itself after that.") % facts,
        _("Do you want to go on? Write down a new one from the agreement's page, and the other side confirms it."),
    )


def notice(payload: Payload, language: str) -> Letter:
    """Notice was given: by whom, why, the last day, and the hours that are free again."""
    one = agreement_of(payload)
    label = organisations.hat_labels([one.notice_hat]).get(one.notice_hat, "")
    freed = int(payload.get("freed", 0))
    facts = {
        "who": label or booking_settings().municipality_name,
        "day": wording.day_words(one.last_day) if one.last_day else "",
        "title": one.title,
    }
    return _letter(
        payload,
        language,
        one,
        _("Notice to end: %(title)s") % facts,
        _("%(who)s has given notice. The last day is %(day)s.") % facts,
        ngettext(
            "%(count)s date after that is free for others.", "%(count)s dates after that are free for others.", freed
        )
        % {"count": freed}
        if freed
        else "",
        quote=one.notice_reason,
    )


def dates_taken(payload: Payload, language: str) -> Letter:
    """The hours were taken further ahead, and some dates are somebody else's."""
    one = agreement_of(payload)
    count = int(payload["count"])
    return _letter(
        payload,
        language,
        one,
        _("Dates that could not be had: %(title)s") % {"title": one.title},
        ngettext(
            "The calendar has been filled further ahead. %(count)s date is somebody else's and was left out.",
            "The calendar has been filled further ahead. %(count)s dates are somebody else's and were left out.",
            count,
        )
        % {"count": count},
        _("They stand on the agreement's page. The municipality can try them again when they are free."),
    )


def tasks(payload: Payload, language: str) -> Letter:
    """What is to be done, and until when."""
    one = agreement_of(payload)
    rows = TaskDate.objects.filter(pk__in=payload["dates"], done_at=None).select_related("task")
    return _letter(
        payload,
        language,
        one,
        _("To be done: %(title)s") % {"title": one.title},
        _("By the agreement this is yours to do. Mark it as done on the page, so that the other side sees it."),
        items=[f"{row.task.what}: {wording.day_words(row.due_on)}" for row in rows.order_by("due_on", "pk")],
    )


def _tz() -> Any:
    return booking_settings().tz


# --- still true? -----------------------------------------------------------------------------------------------------


def still_to_confirm(payload: Payload) -> bool:
    """Not confirmed by this receiver's side meanwhile, nor declined."""
    one = Agreement.objects.filter(pk=payload["agreement"], state=AgreementState.PROPOSED).first()
    if one is None or not is_on():
        return False
    if payload["organisation"] is None:
        return one.confirmed_at is None
    return one.parties.filter(organisation=payload["organisation"], confirmed_at=None).exists()


def still_agreed(payload: Payload) -> bool:
    return _in_state(payload, AgreementState.AGREED)


def still_declined(payload: Payload) -> bool:
    return _in_state(payload, AgreementState.DECLINED)


def still_expiring(payload: Payload) -> bool:
    """Nobody has given notice, nor written a new one meanwhile."""
    found = Agreement.objects.filter(pk=payload["agreement"], state=AgreementState.AGREED, notice_at=None)
    return is_on() and found.filter(followed_by=None).exists()


def tasks_wait(payload: Payload) -> bool:
    found = TaskDate.objects.filter(pk__in=payload["dates"], done_at=None)
    return is_on() and found.filter(task__agreement__state=AgreementState.AGREED).exists()


def _in_state(payload: Payload, state: str) -> bool:
    return is_on() and Agreement.objects.filter(pk=payload["agreement"], state=state).exists()
