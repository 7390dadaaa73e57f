"""Emptying a database that carries the demo's mark."""

from __future__ import annotations

from django.db import connection
from wagtail.images import get_image_model
from wagtail.models import Page, Site

#: What migrations put there, and nobody builds again.
_KEEP = {
    "django_migrations", "django_content_type", "auth_permission", "auth_group", "auth_group_permissions",
    "wagtailcore_collection", "wagtailcore_groupcollectionpermission", "wagtailcore_grouppagepermission",
    "wagtailcore_locale", "wagtailcore_page", "wagtailcore_site", "wagtailcore_workflow", "wagtailcore_workflowpage",
    "wagtailcore_workflowtask", "wagtailcore_task", "wagtailcore_groupapprovaltask",
    "wagtailcore_groupapprovaltask_groups", "wagtailsearch_indexentry_fts",
}  # fmt: skip


def wipe() -> None:
    """Delete every row that the demo can have made, files of pictures included. Needs a transaction.

    Foreign keys are deferred on both databases, so the order of the tables doesn't matter.
    """
    for image in get_image_model().objects.all():
        image.delete()
    Site.objects.all().delete()
    tables = set(connection.introspection.django_table_names(only_existing=True)) - _KEEP
    with connection.cursor() as cursor:
        for table in sorted(tables):
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")  # noqa: S608 - names of our own tables
        cursor.execute("DELETE FROM wagtailcore_page WHERE depth > 1")
    Page.objects.filter(depth=1).update(numchild=0)
    Site.clear_site_root_paths_cache()
