"""`python import_assets.py ZIP USER`, for Superset's own Python: import a bundle over whatever is there.

`superset import-dashboards` replaces dashboards alone: databases, datasets and charts of the same identifiers
stay as they were.
"""

import sys
from zipfile import ZipFile

from flask import g
from superset.app import create_app


def main(archive: str, user: str) -> None:
    with create_app().app_context(), ZipFile(archive) as bundle:
        # These look for the application when they are imported.
        from superset import security_manager
        from superset.commands.importers.v1.assets import ImportAssetsCommand
        from superset.commands.importers.v1.utils import get_contents_from_bundle

        g.user = security_manager.find_user(username=user)
        ImportAssetsCommand(get_contents_from_bundle(bundle)).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
