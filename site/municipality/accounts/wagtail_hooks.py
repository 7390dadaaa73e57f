"""Bulk actions on users: ours take the place of Wagtail's under the same names, so they register after them."""

from wagtail import hooks

from municipality.accounts.staff import DeleteUnused, SetActiveOneByOne

hooks.register("register_bulk_action", DeleteUnused, order=100)
hooks.register("register_bulk_action", SetActiveOneByOne, order=100)
