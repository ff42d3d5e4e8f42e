"""Imports from before the hand-over are looked after by whoever sent the file."""

from typing import Any

from django.db import migrations
from django.db.models import F


def authors_look_after(apps: Any, schema_editor: Any) -> None:
    batches = apps.get_model("imports", "ImportBatch").objects.using(schema_editor.connection.alias)
    batches.filter(responsible=None).update(responsible=F("created_by"))


class Migration(migrations.Migration):
    dependencies = [("imports", "0004_responsible")]
    operations = [migrations.RunPython(authors_look_after, migrations.RunPython.noop)]
