"""The sentences of ``wording``, one for each code. ``when``: weekday and times; ``who``: organisation and team."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

#: Age bands of the presets.
BANDS: dict[str, Any] = {
    "children": _("children"),
    "youth": _("youth"),
    "adults": _("adults"),
    "seniors": _("elderly people"),
}
#: Classes of the presets.
TIERS: dict[str, Any] = {
    "young_adapted_senior": _("children, youth, elderly and disabled people"),
    "young_adapted": _("children, youth and disabled people"),
    "sports": _("indoor sports"),
    "adults": _("adults"),
    "others": _("everybody else"),
    "everybody": _("everybody"),
    "indoor_young_adapted": _("indoor sports for children and youth, disabled and elderly people"),
    "indoor_adults": _("organised indoor sports for adults"),
    "outdoor_young": _("other activities for children and youth"),
}
#: Whole sentences: rules, what became of a wish, faults (`fault_`), and what is wrong with data (`read_`).
SENTENCES: dict[str, Any] = {
    "rule_gate_registered": _("Only organisations that the municipality has verified get hours."),
    "rule_gate_resident": _("Only organisations that belong to the municipality get hours."),
    "rule_gate_open_membership": _("Only organisations that anybody can join get hours."),
    "rule_gate_no_own_hall": _("Organisations with a hall of their own get no hours."),
    "rule_gate_organised": _("Only organised activity gets hours."),
    "rule_gate_heads": _("A group has at least %(heads)s people."),
    "rule_order_coverage": _("Whoever has the lowest coverage gets the next hours."),
    "rule_order_received": _("Who asked first is served first."),
    "rule_order_lottery": _(
        "Lots are drawn with the number %(seed)s. Anybody can draw them again and get the same result."
    ),
    "rule_after_worst_next_worst": _(
        "When the organisation with the lowest coverage has as much as it can get, the next lowest is raised, and so "
        "on."
    ),
    "rule_after_worst_most_hours": _(
        "When the organisation with the lowest coverage has as much as it can get, the remaining hours are shared out "
        "so that as many hours as possible are given, whoever gets them."
    ),
    "rule_class": _("Class %(number)s: %(tier)s."),
    "rule_club_least": _("Every organisation gets at least %(least_minutes)s a week before anybody gets more."),
    "rule_share_teams": _(
        "A team of %(band)s (%(ages)s) can count on %(standard_minutes)s a week, and on %(least_minutes)s at least."
    ),
    "rule_share_members": _(
        "For every %(members)s members who are %(band)s (%(ages)s), an organisation can count on "
        "%(standard_minutes)s a week, and on %(least_minutes)s at least."
    ),
    "rule_share_teams_only": _("A team of %(band)s (%(ages)s) can count on %(standard_minutes)s a week."),
    "rule_share_members_only": _(
        "For every %(members)s members who are %(band)s (%(ages)s), an organisation can count on "
        "%(standard_minutes)s a week."
    ),
    "rule_teams_counted": _("No more teams count than there are members for: %(members)s for each team."),
    "rule_window": _("Hours for %(band)s: %(weekdays)s %(start)s–%(end)s."),
    "rule_window_until": _("Hours for %(band)s: %(weekdays)s until %(end)s."),
    "rule_window_from": _("Hours for %(band)s: %(weekdays)s from %(start)s."),
    "rule_cap_team_minutes_day": _("A team has at most %(most_minutes)s a day."),
    "rule_cap_team_minutes_week": _("A team has at most %(most_minutes)s a week, over all halls."),
    "rule_cap_team_days_week": _("A team has hours on at most %(days)s days a week."),
    "rule_cap_club_minutes_day": _("An organisation has at most %(most_minutes)s a day."),
    "rule_cap_club_minutes_week": _("An organisation has at most %(most_minutes)s a week, over all halls."),
    "rule_whole_from": _("A hall that can be divided is given whole from %(start)s only."),
    "rule_last_season_right": _("Who had an hour last season keeps it before best times are looked at."),
    "rule_last_season_preference": _(
        "Among timetables that are as fair, the one with best times and then fewest changes from last season is chosen."
    ),
    "rule_last_season_none": _("What somebody had last season doesn't count."),
    "rule_tie_coverage": _("When two are equal (%(number)s): the lower coverage."),
    "rule_tie_last_season": _("When two are equal (%(number)s): who had hours last season."),
    "rule_tie_lottery": _("When two are equal (%(number)s): by lot."),
    "rule_tie_received": _("When two are equal (%(number)s): who asked first."),
    "not_eligible": _("Can't get hours by the rules of the round: %(gate)s."),
    "met": _("Given all that was asked for: %(given_minutes)s a week."),
    "part": _(
        "Given %(given_minutes)s of the %(asked_minutes)s a week that were asked for (coverage of the "
        "team: %(coverage_percent)s %%)."
    ),
    "nothing": _("Nothing was given of the %(asked_minutes)s a week that were asked for."),
    "shorter": _("%(when)s in %(place_name)s is shorter than the %(wanted_minutes)s you wanted: %(because)s."),
    "other_place": _("%(when)s in another place than %(wished_name)s: %(because)s."),
    "not_given": _("Not given %(when)s in %(place_name)s: %(because)s."),
    "nearest_free": _("Nearest free time: %(when)s in %(place_name)s."),
    "nearest_free_elsewhere": _(
        "Nothing is free at the places you named. Nearest free time elsewhere: %(when)s in %(place_name)s."
    ),
    "nothing_free": _("No other time of %(least_minutes)s that the rules and your wish allow is free in any hall."),
    "fault_unknown_wish": _("These hours belong to no wish of the round."),
    "fault_unknown_place": _("This place isn't part of the round."),
    "fault_bad_time": _("The end must be after the start, on the same day."),
    "fault_overlap": _("%(team)s and %(who)s are in the same place at the same time: %(when)s in %(place_name)s."),
    "fault_outside_open": _("%(place_name)s isn't offered %(when)s."),
    "fault_impossible": _("%(team)s has said that %(when)s is impossible."),
    "fault_outside_window": _("%(when)s is outside the hours for %(band)s, %(after)s–%(until)s."),
    "fault_whole_too_early": _("%(place_name)s is given whole from %(after)s only."),
    "fault_not_eligible": _("%(team)s can't get hours: %(gate)s."),
    "fault_same_day": _("%(team)s has hours twice on the same day (%(weekday)s)."),
    "fault_apart": _("%(team)s and %(rival_team)s can't have hours at the same time: %(when)s."),
    "fault_team_cap_day": _("%(team)s has %(have_minutes)s on %(weekday)s; a team has at most %(most_minutes)s a day."),
    "fault_team_cap_week": _("%(team)s has %(have_minutes)s a week; a team has at most %(most_minutes)s."),
    "fault_team_cap_days": _("%(team)s has hours on more than %(days)s days a week."),
    "fault_club_cap_day": _(
        "The organisation of %(team)s has %(have_minutes)s on %(weekday)s; the most is %(most_minutes)s a day."
    ),
    "fault_club_cap_week": _("The organisation of %(team)s has %(have_minutes)s a week; the most is %(most_minutes)s."),
    "fault_place_not_wished": _("%(team)s didn't ask for %(place_name)s."),
    "fault_too_many_heads": _("%(place_name)s has room for %(most)s; %(team)s are %(heads)s."),
    "fault_too_short": _("%(when)s is shorter than the %(least_minutes)s that %(team)s needs."),
    "fault_too_long": _("%(when)s is longer than the %(most_minutes)s that %(team)s asked for."),
    "fault_too_few_sessions": _("%(team)s has %(have)s sessions a week and needs %(least)s."),
    "fault_too_many_sessions": _("%(team)s has %(have)s sessions a week and asked for %(most)s."),
    "fault_off_grid": _("%(when)s doesn't start and end on the round's steps of %(grid_minutes)s."),
    "read_unknown": _("This name is unknown."),
    "read_not_a_mapping": _("Names with values are expected here."),
    "read_not_a_list": _("A list is expected here."),
    "read_count": _("Give from %(least)s to %(most)s of them."),
    "read_missing": _("This is missing."),
    "read_not_a_name": _("A name has small letters a to z, digits and underscores, 40 at most."),
    "read_not_words": _("Write at most 80 letters on one line."),
    "read_not_names": _("A list of names is expected here."),
    "read_not_among": _("Choose among: %(among)s."),
    "read_not_weekdays": _("Weekdays are numbers from 0 (Monday) to 6."),
    "read_not_a_flag": _("True or false is expected here."),
    "read_not_a_number": _("Give a whole number from %(least)s to %(most)s."),
    "read_not_a_clock": _("Give a time of day such as 18:30."),
    "read_end_before_start": _("The end must be after the start."),
    "read_twice": _("The name %(value)s stands twice."),
    "read_bands_gap": _("%(ages)s are in no age band: “%(band)s” ends before, and “%(next_band)s” begins after."),
    "read_bands_overlap": _("%(ages)s are in two age bands: “%(band)s” and “%(next_band)s”."),
    "read_bands_start": _("%(ages)s are in no age band: “%(band)s” is the youngest, and begins after."),
    "read_bands_end": _("%(ages)s are in no age band: “%(band)s” is the oldest, and ends before."),
    "read_above": _("The least can't be above the standard, %(most)s."),
}
#: What stands after a colon.
PARTS: dict[str, Any] = {
    "entitled": _("by the rules the team can count on %(claim_minutes)s a week"),
    "closed": _("the place isn't offered at that time"),
    "impossible": _("you can't at that time"),
    "window": _("hours for %(band)s are %(after)s–%(until)s that day"),
    "whole_too_early": _("the hall is given whole from %(after)s only"),
    "too_many_heads": _("there is room for %(most)s, and you are %(heads)s"),
    "same_day": _("the team has %(when)s in %(place_name)s that day"),
    "apart": _("%(rival_team)s has hours then, and can't be at the same time"),
    "cap_team_day": _("a team has at most %(most_minutes)s a day"),
    "cap_team_week": _("a team has at most %(most_minutes)s a week"),
    "cap_team_days": _("a team has hours on at most %(days)s days a week"),
    "cap_club_day": _("an organisation has at most %(most_minutes)s a day"),
    "cap_club_week": _("an organisation has at most %(most_minutes)s a week"),
    "free": _("nobody has %(when)s in %(place_name)s; ask for it"),
    "rival": _(
        "%(who)s has it %(start)s–%(end)s, with coverage %(rival_percent)s %% against your "
        "organisation's %(coverage_percent)s %%; giving it to you would leave them %(left_percent)s %%"
    ),
    "rival_would_fall": _(
        "%(who)s has it %(start)s–%(end)s; giving it to you would take them from %(rival_percent)s %% "
        "coverage down to %(left_percent)s %%, below your organisation's %(coverage_percent)s %%"
    ),
    "rival_better_off": _(
        "%(who)s has it %(start)s–%(end)s, with coverage %(rival_percent)s %% against your "
        "organisation's %(coverage_percent)s %%; they would still have %(left_percent)s %% without it, "
        "so this is worth raising"
    ),
    "rival_any_hours": _(
        "%(who)s has it %(start)s–%(end)s, with coverage %(rival_percent)s %% against your "
        "organisation's %(coverage_percent)s %%; by the rules as many hours as possible are given once the lowest "
        "coverage is as high as it can be, whoever gets them"
    ),
    "own_team": _("your own %(rival_team)s has it %(start)s–%(end)s"),
    "rival_class": _("%(who)s has it %(start)s–%(end)s, and %(rival_tier)s come before %(tier)s"),
    "rival_lower_class": _(
        "%(who)s has it %(start)s–%(end)s, though %(tier)s come before %(rival_tier)s: worth raising"
    ),
    "rival_locked": _("%(who)s has it %(start)s–%(end)s, fixed by the municipality"),
    "rival_not_eligible": _("%(who)s has it %(start)s–%(end)s, though the rules give them no hours: worth raising"),
    "rival_earlier": _("%(who)s has it %(start)s–%(end)s, and asked before you"),
    "rival_later": _("%(who)s has it %(start)s–%(end)s, though you asked first: worth raising"),
    "rival_drawn_first": _("%(who)s has it %(start)s–%(end)s, and was drawn before you"),
    "rival_drawn_later": _("%(who)s has it %(start)s–%(end)s, by lot, in another round of the draw"),
    "not_applicant": _("the organisation doesn't take part in the round"),
    "gate_registered": _("the organisation isn't verified by the municipality"),
    "gate_resident": _("the organisation doesn't belong to the municipality"),
    "gate_open_membership": _("the organisation isn't open to everybody"),
    "gate_no_own_hall": _("the organisation has a hall of its own"),
    "gate_organised": _("the activity isn't organised"),
    "gate_heads": _("the group is too small"),
}
