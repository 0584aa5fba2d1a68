"""The console script: `cadence`, or `python -m registry`."""

import os
import sys

from flask.cli import ScriptInfo

from registry.app import create_app
from registry.cli import cadence
from registry.config import home_from_environment, make_home
from registry.i18n import speak_at_command_line


def main() -> None:
    """Make the home folder if it is missing, choose the language, run the command."""
    home = home_from_environment()
    try:
        make_home(home)
        speak_at_command_line(home)
    except OSError as error:
        sys.exit(f"CADENCE_HOME {home}: {error.strerror}")
    os.environ.setdefault("FLASK_SKIP_DOTENV", "1")
    cadence(prog_name="cadence", obj=ScriptInfo(create_app=create_app))


if __name__ == "__main__":
    main()
