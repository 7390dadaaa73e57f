"""Writes of works. Every function is keyword-only after its first argument, atomic, and takes ``now``.

Drafting (``drafting``):
    draft_works(*, unit, spec: WorksSpec, by, now, submission_key=None, external=None) -> Works
    revise_works(works, *, spec: WorksSpec, by, now, why="", if_version=None) -> Works
    set_needs(resource, *, needs: [(resource, what)], by, now)

Affected parties (``affected``):
    find_affected(works, *, now, by=None) -> AffectedList           machine; keeps what a person decided
    decide_affected(row, *, affected: bool, reason="", by, now) -> AffectedParty
    add_affected(works, *, organisation, reason, direct=False, by, now) -> AffectedParty
    confirm_affected(works, *, by, now, if_version=None) -> AffectedList      freezes the list
    sign_nobody(works, *, by, now) -> AffectedList
    report_affected(works, *, name, how, organisation=None, email="", by=None, language="nb", now) -> WorksReport
    decide_report(report, *, affected: bool, reason="", by, now) -> WorksReport

State (``moving``), each refused with ``Unmet`` (items: {code, message, party?, until?}) or ``WrongState``:
    move(works, *, to, by, now, if_version=None, **details) -> Works          what the API calls
    plan, consult, give_notice(now), set_ready(starts_at), start(at), pause, resume, complete(at), restore(at), close,
    postpone(why, until=None), cancel(why), overrun(until, why)

Emergency and early start (``overriding``):
    declare_emergency(*, unit, cause, resources, by, now, started_at=None, title="", works=None, hours=24) -> Works
    ask_early_start(works, *, reason, by, now) -> WorksOverride
    log_call(override, *, party, reached, consents, note="", by, now) -> CallLog
    consent(party, *, by=None, now) -> WorksReceipt
    grant_override(override, *, by, now), refuse_override(override, *, by, now)
    write_report(override, *, reason, report, by, now), review_report(override, *, review, by, now)

Receipts and tasks (``receiving``):
    acknowledge(party, *, by=None, hat="", now) -> WorksReceipt
    log_task(dispatch, *, outcome, note="", photo=None, by, now) -> WorksAttempt     phone calls and posters
    bounced(dispatch, *, now)

Consultation (``consulting``):
    reply(works, *, kind, message="", proposed=(), party=None, report=None, by=None, hat="", now, submission_key=None)
    answer_replies(works, *, replies, said, did, outcome, by, now) -> WorksAnswer

Conflicts (``conflicts``):
    offer_alternative(conflict, *, resource, start, end, quantity=None, by, now) -> WorksOffer
    accept_alternative(offer, *, by, now), decline_alternative(offer, *, by, now), withdraw_offer(offer, *, by, now)
    settle_conflict(conflict, *, state, reason="", by, now) -> WorksConflict

Facts (``facts``):
    record_fact(works, *, kind, happened_at, by, now), correct_fact(fact, *, happened_at, why, by, now)
"""
