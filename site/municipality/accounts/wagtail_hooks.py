"""Bulk actions on users: ours take the place of Wagtail's under the same names, so they register after them.

And what Wagtail's log has to know.
"""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.log_actions import LogActionRegistry

from municipality.accounts import factors
from municipality.accounts.staff import DeleteUnused, SetActiveOneByOne

hooks.register("register_bulk_action", DeleteUnused, order=100)
hooks.register("register_bulk_action", SetActiveOneByOne, order=100)


@hooks.register("register_log_actions")
def name_reset(actions: LogActionRegistry) -> None:
    """A second step that was taken away stands in the account's history, with who did it."""
    actions.register_action(factors.RESET, _("Second step removed"), _("Removed the second step"))
