"""Which rules share out the hours, each explained in plain words, and every part of them in fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from booking.foundation.errors import DomainError
from booking.seasons import wording_rounds as wording
from booking.seasons.models import RoundState
from booking.seasons.rules import presets
from booking.seasons.selectors import bands
from booking.seasons.selectors.bands import Move, Moves
from booking.seasons.selectors.standing import rules_of
from booking.seasons.services import preparing
from booking.seasons.staff import rules_rows
from booking.seasons.staff.rules_form import RulesForm, initial
from booking.seasons.staff.setup import SetupPage
from booking.seasons.wording import band_text, reason_text, tier_text


class RulesPage(SetupPage):
    """``?preset=points`` looks at others. ``act=preview`` shows how what is typed would read, and saves nothing."""

    section = "rules"
    heading = _("Rules")
    template_name = "booking/seasons/staff/rules.html"
    form: RulesForm | None = None
    #: What is typed, as rules; None unless it was asked for and can be used.
    typed: presets.Rules | None = None
    #: Somebody pressed save, and teams would change band that the page hadn't told of.
    asks = False
    _moves: Moves | None = None

    def looked_at(self) -> str:
        """The preset that is shown: asked for, else the round's."""
        wanted = self.request.POST.get("preset") or self.request.GET.get("preset", "")
        return wanted if wanted in presets.NAMES else self.object.preset

    def data_of(self, name: str) -> dict[str, Any]:
        """The round's own rules for its preset, the preset's for another."""
        return (
            dict(self.object.rules) if name == self.object.preset and self.object.rules else presets.preset_data(name)
        )

    def make_form(self, sent: Any) -> RulesForm:
        """What is sent, in fields."""
        name = self.looked_at()
        return RulesForm(sent, rules=self.data_of(name), open=self.object.state != RoundState.PREPARING)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The presets to choose from; the one looked at, or what is typed, in plain words; and its fields."""
        name = self.looked_at()
        data = self.data_of(name)
        try:
            standing = presets.read(data)
        except presets.RulesError:
            standing = presets.load(name)
        rules = self.typed or standing
        return super().get_context_data(**kwargs) | {
            "presets": [
                (code, *wording.PRESETS[code], code == name, code == self.object.preset) for code in presets.NAMES
            ],
            "shown": name,
            "shown_name": wording.PRESETS[name][0],
            "in_use": name == self.object.preset,
            "previewed": self.typed is not None,
            "sentences": [reason_text(one) for one in presets.explain_rules(rules)],
            "differs": _said(presets.differences(presets.load(name), rules)),
            "changes": _said(presets.differences(standing, rules)) if self.typed is not None else [],
            "moves": _told(self.moves()),
            "moved": self.moves().code,
            "asks": self.asks,
            "form": self.form or self.make_form(initial(data, name)),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A row comes or goes, what is typed is shown in words, or the rules are taken. Where teams would change age
        band, the page says so first, and save is pressed once more."""
        act = request.POST.get("act", "")
        rows = rules_rows.changed(request.POST, act)
        if rows is not None:
            self.form = self.make_form(rows)
            if act.startswith("drop-bands-") and (band := act.removeprefix("drop-bands-")) in self.form.bands:
                self.form.leaving = band
            if not self._read():
                self.form.without_errors()
            return self.render_to_response(self.get_context_data())
        self.form = form = self.make_form(request.POST)
        if act == "preview":
            status = 200 if self._read() else 400
            return self.render_to_response(self.get_context_data(), status=status)
        if form.is_valid():
            self.typed = presets.read(form.changed_rules())
            moves = self.moves()
            if request.POST.get("moved", "") != moves.code and moves.code:
                self.asks = True
                return self.render_to_response(self.get_context_data())
            try:
                preparing.set_rules(
                    self.object, self.looked_at(), form.changed_rules(), reason=form.cleaned_data.get("reason", ""),
                    **self.facts(),
                )  # fmt: skip
            except DomainError as error:
                form.show(error)
            else:
                said = gettext("The rules are saved.")
                return self.done(f"{said} {wording.moved_words(moves.teams)}" if moves.teams else said)
            self.typed = None
        return self.again()

    def moves(self) -> Moves:
        """Teams with wishes that what is typed would put in another age band or class than the rules that hold; none
        until it can be used."""
        if self.typed is None:
            return Moves()
        if self._moves is None:
            self._moves = bands.moves(self.object, rules_of(self.object), self.typed)
        return self._moves

    def _read(self) -> bool:
        assert self.form is not None  # noqa: S101 - the caller has just made it
        if self.form.is_valid():
            self.typed = presets.read(self.form.changed_rules())
        return self.typed is not None


def _told(moves: Moves) -> list[tuple[str, list[str]]]:
    """Headings with their lines; [] where nobody moves."""
    found = [
        (gettext("Teams that have sent wishes change age band:"), [_move_words(one, band_text) for one in moves.bands]),
        (
            gettext("Teams that have sent wishes change class:"),
            [_move_words(one, _class_text) for one in moves.classes],
        ),
    ]
    return [(heading, lines) for heading, lines in found if lines]


def _move_words(one: Move, named: Callable[[str], str]) -> str:
    text = ngettext(
        "%(n)s team: from “%(before)s” to “%(after)s”", "%(n)s teams: from “%(before)s” to “%(after)s”", one.teams
    )
    return text % {"n": one.teams, "before": named(one.before), "after": named(one.after)}


def _class_text(name: str) -> str:
    return tier_text(name) if name else gettext("no class")


def _said(found: list[tuple[str, Any]]) -> list[tuple[str, list[str]]]:
    return [(kind, [reason_text(one) for one in some]) for kind, some in found]
