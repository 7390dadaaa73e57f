"""Pages for those who ask: the request form, a case, one's own cases, an enquiry, and the sent mail of a demo."""

from booking.cases.public.ask import ask
from booking.cases.public.case import case, case_appeal, case_message, case_withdraw, my_cases
from booking.cases.public.desk import desk_link
from booking.cases.public.early import early_enquiry, plan, plans
from booking.cases.public.enquiry import enquiry, enquiry_sent
from booking.cases.public.hosting import case_hosts
from booking.cases.public.mail import sent_letter, sent_mail
from booking.cases.public.moves import case_add_back, case_line
from booking.cases.public.talk import case_file, go_on, mute, my_mail
from booking.cases.public.together import ask_together

__all__ = [
    "ask",
    "ask_together",
    "case",
    "case_add_back",
    "case_appeal",
    "case_file",
    "case_hosts",
    "case_line",
    "case_message",
    "case_withdraw",
    "desk_link",
    "early_enquiry",
    "enquiry",
    "enquiry_sent",
    "go_on",
    "mute",
    "my_cases",
    "my_mail",
    "plan",
    "plans",
    "sent_letter",
    "sent_mail",
]
