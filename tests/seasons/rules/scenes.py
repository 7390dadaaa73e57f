"""Small rounds for the tests of the rules, and readings of a timetable that are obviously right."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from booking.seasons.rules.instance import Applicant, Instance, Place, Slot, Span, Timetable, Wish

HOURS = (960, 990, 1020, 1050, 1080, 1110, 1140, 1170, 1200)


def hall(key: int, parts: int = 0, *, days: tuple[int, ...] = (0, 1), start: int = 960, end: int = 1200) -> list[Place]:
    """A hall open on some days, and its parts. Keys follow the hall's."""
    cells = [key * 10 + number for number in range(max(parts, 1))]
    hours = tuple(Span(day, start, end) for day in days)
    places = [Place(key, f"Hall {key}", key, frozenset(cells), hours)]
    if parts > 1:
        places += [Place(key + 1 + n, f"Hall {key} {n + 1}", key, frozenset({cells[n]}), hours) for n in range(parts)]
    return places


def wish(key: int, organisation: int, places: tuple[int, ...] = (10,), **more: Any) -> Wish:
    usual: dict[str, Any] = {
        "team": f"Team {key}", "heads": 12, "age_from": 13, "age_to": 15, "received": key,
        "minutes_min": 60, "minutes_wanted": 60,
    }  # fmt: skip
    return Wish(key, organisation, places=places, **(usual | more))


def scene(wishes: list[Wish], places: list[Place] | None = None, **more: Any) -> Instance:
    """A round of these wishes, with an applicant for each organisation."""
    clubs = sorted({one.organisation for one in wishes})
    usual: dict[str, Any] = {"applicants": tuple(Applicant(club, f"Club {club}") for club in clubs)}
    usual["rules"] = {"preset": "weights_coverage"}
    return Instance(tuple(places or hall(10)), wishes=tuple(wishes), **(usual | more))


PRESETS = ("small_town", "age_windows", "points", "weights_coverage", "indoor_first", "first_come", "lottery")


@st.composite
def instances(draw: st.DrawFn, *, most: int = 7, presets: tuple[str, ...] = PRESETS, caps: bool = True) -> Instance:
    """Two halls, one of them divided, a few clubs, and wishes that want more than there is."""
    places = [*hall(10, draw(st.integers(1, 2))), *hall(20)]
    keys = [one.key for one in places]
    spans = st.builds(
        lambda day, start, steps: Span(day, start, min(1440, start + 30 * steps)),
        st.integers(0, 1), st.sampled_from(HOURS), st.integers(2, 5),
    )  # fmt: skip
    wishes = []
    for key in range(1, draw(st.integers(1, most)) + 1):
        least = draw(st.sampled_from((60, 60, 90)))
        sessions = draw(st.integers(1, 2))
        last = draw(
            st.lists(st.tuples(st.sampled_from(keys), st.integers(0, 1), st.sampled_from(HOURS[:6])), max_size=1)
        )
        low = draw(st.sampled_from((6, 13, 20)))
        wishes.append(
            Wish(
                key, draw(st.integers(1, 3)), draw(st.sampled_from(("", "A", "B", f"T{key}"))),
                age_from=low, age_to=low + 4, heads=draw(st.sampled_from((4, 10, 30))),
                sessions_min=draw(st.integers(1, sessions)), sessions_wanted=sessions,
                minutes_min=least, minutes_wanted=least + draw(st.sampled_from((0, 30, 60))),
                places=tuple(draw(st.lists(st.sampled_from(keys), min_size=1, max_size=3, unique=True))),
                best=tuple(draw(st.lists(spans, max_size=2))), impossible=tuple(draw(st.lists(spans, max_size=1))),
                apart=frozenset(draw(st.lists(st.sampled_from(("Kim", "Ola")), max_size=1))),
                last=tuple(Slot(key, place, day, start, start + least) for place, day, start in last),
                received=key, indoor=draw(st.booleans()),
            )
        )  # fmt: skip
    rules: dict[str, Any] = {"preset": draw(st.sampled_from(presets))}
    if draw(st.booleans()):
        rules["after_worst"] = "most_hours"
    if caps and draw(st.booleans()):
        rules["caps"] = {"team_minutes_day": 90, "team_minutes_week": 150, "club_minutes_week": 240}
    applicants = tuple(
        Applicant(club, f"Club {club}", members={"youth": draw(st.sampled_from((0, 10, 40)))}) for club in (1, 2, 3)
    )
    return Instance(tuple(places), applicants, tuple(wishes), rules, 30, draw(st.integers(0, 3)))


@st.composite
def timetables(draw: st.DrawFn, instance: Instance, *, most: int = 6, locks: bool = False) -> Timetable:
    """Slots put anywhere, as somebody in a hurry would."""
    if not instance.wishes:
        return ()
    slots = draw(
        st.lists(
            st.builds(
                lambda wish, place, day, start, steps, locked: Slot(
                    wish, place, day, start, start + 15 * steps, locked
                ),
                st.sampled_from([one.key for one in instance.wishes]),
                st.sampled_from([one.key for one in instance.places]),
                st.integers(0, 2),
                st.sampled_from((*HOURS, 975)),
                st.integers(2, 8),
                st.booleans() if locks else st.just(False),
            ),
            max_size=most,
        )
    )
    return tuple(sorted(set(slots)))


def minutes_of(slot: Slot) -> set[int]:
    """Each quarter of an hour of a slot, of the week."""
    return {slot.weekday * 1440 + minute for minute in range(slot.start, slot.end, 15)}


def same_time(one: Slot, other: Slot) -> bool:
    return bool(minutes_of(one) & minutes_of(other))
