"""Wiring only. Public pages (translated addresses' prefix is the site's business)."""

from django.urls import path

from booking.agreements import public as agreements
from booking.calendars import public as calendars
from booking.cases import public as cases
from booking.days import public as days
from booking.faults import public as faults
from booking.happenings import public as happenings
from booking.insight import public as insight
from booking.insight.seasons import own_pages as own_figures
from booking.insight.seasons import public as season_figures
from booking.meetings import public as meetings
from booking.occupancy import kits
from booking.occupancy import public as occupancy
from booking.organisations import public as organisations
from booking.organisations.followers import public as followers
from booking.permits import public as permits
from booking.privacy import public as privacy
from booking.public.styleguide import styleguide, styleguide_availability
from booking.rosters import public as rosters
from booking.seasons import public as seasons
from booking.works import public as works

app_name = "booking"
urlpatterns: list = [
    path("find/", occupancy.find, name="find"),
    path("find/venues/", occupancy.venues, name="venues"),
    path("find/equipment/", occupancy.equipment, name="equipment"),
    path("things/<slug:slug>/", occupancy.resource, name="resource"),
    path("things/<slug:slug>/calendar/", happenings.place_calendar, name="place_calendar"),
    path("things/<slug:slug>/door/", happenings.door_sign, name="door_sign"),
    path("things/<slug:slug>/screen/", happenings.kiosk, name="kiosk"),
    path("things/<slug:slug>/follow/", followers.follow_resource, name="follow_resource"),
    path("kits/<slug:slug>/", kits.kit, name="kit"),
    path("ask/", cases.ask_together, name="ask_together"),
    path("ask/<slug:slug>/", cases.ask, name="ask"),
    path("cases/<slug:reference>/", cases.case, name="case"),
    path("cases/<slug:reference>/appeal/", cases.case_appeal, name="case_appeal"),
    path("cases/<slug:reference>/files/<int:pk>/", cases.case_file, name="case_file"),
    path("cases/<slug:reference>/go-on/", cases.go_on, name="case_go_on"),
    path("cases/<slug:reference>/hosts/", cases.case_hosts, name="case_hosts"),
    path("cases/<slug:reference>/duties/", rosters.case_duties, name="case_duties"),
    path("cases/<slug:reference>/mute/", cases.mute, name="case_mute"),
    path("cases/<slug:reference>/message/", cases.case_message, name="case_message"),
    path("cases/<slug:reference>/withdraw/", cases.case_withdraw, name="case_withdraw"),
    path("cases/<slug:reference>/withdraw/<int:number>/", cases.case_withdraw, name="case_withdraw_line"),
    path("cases/<slug:reference>/lines/<int:number>/", cases.case_line, name="case_line"),
    path("cases/<slug:reference>/series/<int:number>/dates/", cases.case_add_back, name="case_add_back"),
    path("desk/<str:token>/", cases.desk_link, name="desk_link"),
    path("cases/<slug:reference>/permits/<int:pk>/", permits.case_permit, name="case_permit"),
    path(
        "cases/<slug:reference>/permits/documents/<int:pk>/", permits.case_permit_document, name="case_permit_document"
    ),
    path("my/cases/", cases.my_cases, name="my_cases"),
    path("my/duties/", rosters.my_duties, name="my_duties"),
    path("duties/join/<str:token>/", rosters.duty_join, name="duty_join"),
    path("duties/<str:token>/", rosters.duty_page, name="duty_page"),
    path("my/mail/", cases.my_mail, name="my_mail"),
    path("enquiry/", cases.enquiry, name="enquiry"),
    path("enquiry/early/", cases.early_enquiry, name="early_enquiry"),
    path("figures/", insight.figures, name="figures"),
    path("plans/", cases.plans, name="plans"),
    path("plans/<slug:reference>/", cases.plan, name="plan"),
    path("enquiry/sent/", cases.enquiry_sent, name="enquiry_sent"),
    path("sent-mail/", cases.sent_mail, name="sent_mail"),
    path("sent-mail/<int:pk>/", cases.sent_letter, name="sent_letter"),
    path("organisations/", organisations.organisations, name="organisations"),
    path("organisations/new/", organisations.register, name="organisation_new"),
    path("organisations/<slug:slug>/", organisations.organisation, name="organisation"),
    path("organisations/<slug:slug>/calendar/", happenings.organisation_calendar, name="organisation_calendar"),
    path("organisations/<slug:slug>/leader/", organisations.leader_lost, name="leader_lost"),
    path("organisations/<slug:slug>/follow/", followers.follow_organisation, name="follow_organisation"),
    path("follow/sent/", followers.follow_sent, name="follow_sent"),
    path("follow/stopped/", followers.follow_stopped, name="follow_stopped"),
    path("follow/confirm/<str:token>/", followers.follow_confirm, name="follow_confirm"),
    path("follow/stop/<str:token>/", followers.follow_stop, name="follow_stop"),
    path("follow/page/<str:token>/", followers.following, name="following"),
    path("my/organisations/", organisations.my_organisations, name="my_organisations"),
    path("my/organisations/<slug:slug>/", organisations.my_organisation, name="my_organisation"),
    path("my/organisations/<slug:slug>/first-day/", organisations.first_day, name="my_first_day"),
    path("my/organisations/<slug:slug>/edit/", organisations.edit, name="my_organisation_edit"),
    path("my/organisations/<slug:slug>/invite/", organisations.invite, name="my_invite"),
    path("my/organisations/<slug:slug>/invitations/<int:pk>/revoke/", organisations.revoke, name="my_invite_revoke"),
    path("my/organisations/<slug:slug>/people/<int:pk>/", organisations.member, name="my_member"),
    path("my/organisations/<slug:slug>/hand-over/", organisations.hand_over, name="my_hand_over"),
    path("my/organisations/<slug:slug>/hand-over/<int:pk>/answer/", organisations.answer, name="my_hand_over_answer"),
    path("my/organisations/<slug:slug>/hand-over/<int:pk>/take-back/", organisations.take_back, name="my_take_back"),
    path("my/organisations/<slug:slug>/agreements/", agreements.agreements, name="my_agreements"),
    path("my/organisations/<slug:slug>/agreements/new/", agreements.new, name="my_agreement_new"),
    path("my/organisations/<slug:slug>/agreements/<slug:reference>/", agreements.agreement, name="my_agreement"),
    *(
        path(f"my/organisations/<slug:slug>/agreements/<slug:reference>/{end}/", view, name=f"my_agreement_{name}")
        for end, name, view in (
            ("letter", "letter", agreements.letter),
            ("change", "change", agreements.change),
            ("confirm", "confirm", agreements.confirm),
            ("decline", "decline", agreements.decline),
            ("notice", "notice", agreements.notice),
            ("done/<int:pk>", "done", agreements.task_done),
            ("documents", "document_new", agreements.document_new),
            ("documents/<int:pk>", "document", agreements.document),
            ("documents/<int:pk>/remove", "document_remove", agreements.document_remove),
        )
    ),
    path("my/day/", days.mine, name="my_day"),
    path("f/<slug:code>/", faults.wall, name="wall"),
    path("faults/<slug:reference>/", faults.fault, name="fault"),
    path("caretaker/<str:token>/", days.by_link, name="caretaker"),
    path("calendars/", calendars.calendars, name="calendars"),
    path("my/calendars/", calendars.my_calendars, name="my_calendars"),
    path("my/calendars/<slug:feed_id>/renew/", calendars.calendar_renew, name="my_calendar_renew"),
    path("my/calendars/<slug:feed_id>/stop/", calendars.calendar_stop, name="my_calendar_stop"),
    *seasons.URLS,
    *season_figures.URLS,
    *own_figures.URLS,
    path("works/", works.works_list, name="works_list"),
    path("works/link/<str:token>/", works.party, name="works_party"),
    path("works/link/<str:token>/received/", works.acknowledge, name="works_acknowledge"),
    path("works/link/<str:token>/reply/", works.reply, name="works_reply"),
    path("works/link/<str:token>/consent/", works.consent, name="works_consent"),
    path("works/link/<str:token>/offers/<int:pk>/", works.offer, name="works_offer"),
    path("works/<slug:reference>/", works.works_page, name="works_page"),
    path("works/<slug:reference>/affected/", works.affected_too, name="works_affected"),
    path("works/<slug:reference>/poster/", works.poster, name="works_poster"),
    path("w/<slug:number>/", works.short, name="works_short"),
    path("my/organisations/<slug:slug>/activities/", happenings.my_activities, name="my_activities"),
    path("my/organisations/<slug:slug>/activities/new/", happenings.activity_form, name="my_activity_new"),
    path(
        "my/organisations/<slug:slug>/activities/right/",
        happenings.activities_still_right,
        name="my_activities_right",
    ),
    path("my/organisations/<slug:slug>/activities/<int:pk>/", happenings.activity_form, name="my_activity"),
    path("my/organisations/<slug:slug>/activities/<int:pk>/stop/", happenings.activity_stop, name="my_activity_stop"),
    path("meetings/", meetings.meetings, name="meetings"),
    path("meetings/<slug:reference>/", meetings.meeting, name="meeting"),
    path("meetings/<slug:reference>/paper/", meetings.paper, name="meeting_paper"),
    path("meetings/<slug:reference>/answer/", meetings.answer, name="meeting_answer"),
    path("meetings/<slug:reference>/points/", meetings.point, name="meeting_point"),
    path("meetings/<slug:reference>/points/<int:pk>/take-back/", meetings.point_withdraw, name="meeting_point_back"),
    path("meetings/<slug:reference>/promised/<int:pk>/done/", meetings.done, name="meeting_done"),
    path("meetings/<slug:reference>/promised/<int:pk>/drop/", meetings.drop, name="meeting_drop"),
    path("whats-on/", happenings.whats_on, name="whats_on"),
    path("whats-on/confirm/<str:token>/", happenings.activities_confirm, name="activities_confirm"),
    path("my/hat/", organisations.hat, name="hat"),
    path("my/privacy/", privacy.mine, name="my_privacy"),
    path("my/privacy/everything/", privacy.everything, name="my_privacy_everything"),
    path("my/privacy/file/", privacy.file, name="my_privacy_file"),
    path("my/privacy/correct/", privacy.correct, name="my_privacy_correct"),
    path("my/privacy/consents/<int:pk>/", privacy.consent, name="my_privacy_consent"),
    path("my/privacy/erase/", privacy.erase, name="my_privacy_erase"),
    path("my/privacy/erase/confirm/", privacy.erase_confirm, name="my_privacy_erase_confirm"),
    path("privacy/erased/", privacy.erased, name="privacy_erased"),
    path("invitations/<str:token>/", organisations.join, name="join"),
    path("_styleguide/", styleguide, name="styleguide"),
    path("_styleguide/availability/", styleguide_availability, name="styleguide_availability"),
]
