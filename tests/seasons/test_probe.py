from datetime import date, timedelta
from typing import Any
import pytest
from django.test import Client
from booking.catalogue.models import OpeningException, OpeningHours
from booking.seasons.models import *
from booking.seasons.selectors.adopting import preview
from booking.seasons.services.hearing import comment, hear, answer_comment
from tests.factories import NOW
from tests.seasons.conftest import Heard
from tests.seasons.world import *

def test_closed_day(valley, heard):
    OpeningException.objects.create(resource=valley.hall.whole, start=START, end=START)
    seen = preview(heard[0], heard[1], now=NOW)
    print([ (c.occurrence.day, c.status, c.who) for c in seen.clashes])
    assert seen.clashes

def test_comments_stay(valley, heard):
    round, first = heard
    comment(first, words="For sent for barna", kind="objection", by=valley.leader, organisation=valley.club, now=NOW)
    w = Wish.objects.get(team="J13")
    other = valley.proposal(round, (w, valley.hall.whole, 2, 17, 18), state=ProposalState.PUBLISHED)
    hear(round, other, by=valley.officer, now=NOW)
    body = Client().get(f"/seasons/{round.slug}/hearing/").content.decode()
    assert "For sent for barna" in body
