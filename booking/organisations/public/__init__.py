"""Pages about organisations: the public register, one's own organisations, invitations, and the hat one wears."""

from booking.organisations.public.first_day import first_day
from booking.organisations.public.hat import hat
from booking.organisations.public.joining import join
from booking.organisations.public.lost import leader_lost
from booking.organisations.public.mine import (
    answer,
    edit,
    hand_over,
    invite,
    member,
    my_organisation,
    my_organisations,
    revoke,
    take_back,
)
from booking.organisations.public.register import organisation, organisations, register

__all__ = [
    "answer",
    "edit",
    "first_day",
    "hand_over",
    "hat",
    "invite",
    "join",
    "leader_lost",
    "member",
    "my_organisation",
    "my_organisations",
    "organisation",
    "organisations",
    "register",
    "revoke",
    "take_back",
]
