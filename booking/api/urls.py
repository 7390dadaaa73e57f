"""Addresses of the HTTP API (api.md). Names here are fixed: clients are written against them."""

from __future__ import annotations

from django.urls import path, re_path

from booking.agreements import api as agreements
from booking.api import schema
from booking.calendars import api as calendars
from booking.cases import api as cases
from booking.cases import api_acts as acts
from booking.cases import api_moves as moves
from booking.cases import api_talk as talk
from booking.foundation.doors.api_base import ProblemTypeView, UnknownPath
from booking.insight import api as insight
from booking.insight.seasons import api as season_figures
from booking.insight.seasons import own_api as own_figures
from booking.meetings import api as meetings
from booking.occupancy import api as occupancy
from booking.organisations import api as organisations
from booking.permits import api as permits
from booking.rosters import api as rosters
from booking.seasons import api as seasons
from booking.works import api as works
from booking.works.rulesets import api as rulesets

app_name = "booking_api"
urlpatterns = [
    path("schema/", schema.SchemaView.as_view(), name="schema"),
    path("docs/", schema.DocsView.as_view(), name="docs"),
    path("problems/<slug:code>/", ProblemTypeView.as_view(), name="problem"),
    path("resources/", occupancy.ResourceListView.as_view(), name="resources"),
    path("resources/<slug:slug>/", occupancy.ResourceDetailView.as_view(), name="resource"),
    path("resources/<slug:slug>/availability/", occupancy.AvailabilityView.as_view(), name="resource_availability"),
    path("resources/<slug:slug>/feed.ics", calendars.ResourceFeedView.as_view(), name="resource_feed"),
    path("availability/", occupancy.BulkAvailabilityView.as_view(), name="availability"),
    path("checks/", cases.CheckView.as_view(), name="checks"),
    path("requests/", cases.RequestListView.as_view(), name="requests"),
    path("requests/<str:ref>/", cases.RequestView.as_view(), name="request"),
    path("requests/<str:ref>/withdraw/", cases.WithdrawView.as_view(), name="request_withdraw"),
    path("requests/<str:ref>/lines/<int:number>/withdraw/", cases.WithdrawLineView.as_view(), name="line_withdraw"),
    path("requests/<str:ref>/messages/", talk.MessageView.as_view(), name="request_messages"),
    path("requests/<str:ref>/files/<str:digest>/", talk.FileView.as_view(), name="request_file"),
    path("requests/<str:ref>/decide/", cases.DecideView.as_view(), name="request_decide"),
    path("requests/<str:ref>/holding-reply/", acts.HoldingReplyView.as_view(), name="request_holding_reply"),
    path("requests/<str:ref>/ask/", acts.AskView.as_view(), name="request_ask"),
    path("requests/<str:ref>/hand-over/", acts.HandOverView.as_view(), name="request_hand_over"),
    path("requests/<str:ref>/assign/", acts.AssignView.as_view(), name="request_assign"),
    path("requests/<str:ref>/dismiss/", acts.DismissView.as_view(), name="request_dismiss"),
    path("requests/<str:ref>/close/", acts.CloseView.as_view(), name="request_close"),
    path("requests/<str:ref>/appeal/", acts.AppealView.as_view(), name="request_appeal"),
    path("requests/<str:ref>/answer-appeal/", acts.AnswerAppealView.as_view(), name="request_answer_appeal"),
    path("requests/<str:ref>/undo/", moves.UndoView.as_view(), name="request_undo"),
    path("requests/<str:ref>/take-back/", moves.TakeBackView.as_view(), name="request_take_back"),
    path("requests/<str:ref>/ties/", moves.TieView.as_view(), name="request_ties"),
    path("requests/<str:ref>/ties/<int:tie>/judge/", moves.JudgeTieView.as_view(), name="request_judge_tie"),
    path("requests/<str:ref>/changes/<uuid:batch>/decide/", moves.DecideChangeView.as_view(), name="change_decide"),
    path(
        "requests/<str:ref>/changes/<uuid:batch>/withdraw/", moves.WithdrawChangeView.as_view(), name="change_withdraw"
    ),
    path("requests/<str:ref>/series/<int:number>/dates/", moves.AddBackView.as_view(), name="series_dates"),
    path(
        "requests/<str:ref>/lines/<int:number>/alternatives/",
        moves.AlternativesView.as_view(),
        name="line_alternatives",
    ),
    path("requests/<str:ref>/lines/<int:number>/accept/", moves.AcceptOfferView.as_view(), name="line_accept"),
    path("requests/<str:ref>/lines/<int:number>/decline/", moves.DeclineOfferView.as_view(), name="line_decline"),
    path("requests/<str:ref>/lines/<int:number>/reply/", moves.ReplyView.as_view(), name="line_reply"),
    path("requests/<str:ref>/lines/<int:number>/change/", moves.ChangeView.as_view(), name="line_change"),
    path("requests/<str:ref>/lines/<int:number>/taken-back/", moves.TakeBackActView.as_view(), name="line_taken_back"),
    path("requests/<str:ref>/duties/<int:number>/sign-up/", rosters.SignUpView.as_view(), name="duty_sign_up"),
    path("requests/<str:ref>/duties/<int:number>/withdraw/", rosters.WithdrawView.as_view(), name="duty_withdraw"),
    path("requests/<str:ref>/permits/<int:number>/", permits.PermitView.as_view(), name="request_permit"),
    path("enquiries/", cases.EnquiryView.as_view(), name="enquiries"),
    path("insight/answer-times/", insight.AnswerTimesView.as_view(), name="insight_answer_times"),
    path("insight/notice-kept/", insight.NoticeKeptView.as_view(), name="insight_notice_kept"),
    path("insight/seasons/<slug:slug>/", season_figures.SeasonUseView.as_view(), name="insight_season"),
    path(
        "insight/seasons/<slug:slug>/organisations/<slug:organisation>/",
        own_figures.OwnUseView.as_view(),
        name="insight_season_own",
    ),
    path("insight/use/", insight.UseView.as_view(), name="insight_use"),
    path("organisations/", organisations.OrganisationListView.as_view(), name="organisations"),
    path("organisations/<slug:slug>/", organisations.OrganisationView.as_view(), name="organisation"),
    path("organisations/<slug:slug>/members/", organisations.MembersView.as_view(), name="members"),
    path("organisations/<slug:slug>/agreements/", agreements.AgreementsView.as_view(), name="agreements"),
    path("feeds/", calendars.FeedsView.as_view(), name="feeds"),
    path("feeds/<slug:feed_id>/", calendars.FeedView.as_view(), name="feed"),
    path("feeds/<slug:feed_id>/rotate/", calendars.RotateFeedView.as_view(), name="feed_rotate"),
    path("meetings/", meetings.MeetingsView.as_view(), name="meetings"),
    path("meetings/<str:ref>/", meetings.MeetingView.as_view(), name="meeting"),
    *seasons.URLS,
    path("works/", works.WorksListView.as_view(), name="works"),
    path("works/events/", works.WorksEventsView.as_view(), name="works_events"),
    path("works/<str:ref>/", works.WorksView.as_view(), name="works_one"),
    path("works/<str:ref>/transitions/", works.TransitionsView.as_view(), name="works_transitions"),
    path("works/<str:ref>/affected/", works.AffectedView.as_view(), name="works_affected"),
    path("works/<str:ref>/replies/", works.RepliesView.as_view(), name="works_replies"),
    path("notice-check/", rulesets.NoticeCheckView.as_view(), name="notice_check"),
    re_path(r"^.*$", UnknownPath.as_view(), name="unknown"),
]
