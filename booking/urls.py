"""Wiring only. Public pages (translated addresses' prefix is the site's business)."""

from django.urls import path

from booking.cases import public as cases
from booking.occupancy import public as occupancy
from booking.public.styleguide import styleguide, styleguide_availability

app_name = "booking"
urlpatterns: list = [
    path("find/", occupancy.find, name="find"),
    path("find/venues/", occupancy.venues, name="venues"),
    path("find/equipment/", occupancy.equipment, name="equipment"),
    path("things/<slug:slug>/", occupancy.resource, name="resource"),
    path("ask/<slug:slug>/", cases.ask, name="ask"),
    path("cases/<slug:reference>/", cases.case, name="case"),
    path("cases/<slug:reference>/message/", cases.case_message, name="case_message"),
    path("cases/<slug:reference>/withdraw/", cases.case_withdraw, name="case_withdraw"),
    path("cases/<slug:reference>/withdraw/<int:number>/", cases.case_withdraw, name="case_withdraw_line"),
    path("my/cases/", cases.my_cases, name="my_cases"),
    path("enquiry/", cases.enquiry, name="enquiry"),
    path("enquiry/sent/", cases.enquiry_sent, name="enquiry_sent"),
    path("sent-mail/", cases.sent_mail, name="sent_mail"),
    path("sent-mail/<int:pk>/", cases.sent_letter, name="sent_letter"),
    path("_styleguide/", styleguide, name="styleguide"),
    path("_styleguide/availability/", styleguide_availability, name="styleguide_availability"),
]
