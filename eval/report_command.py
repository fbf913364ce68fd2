"""`python -m eval report`: writes the report and the workbook of a finished run again."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from eval.report_files import REPORT, WORKBOOK, articles_of, run_summary, write_reports
from rag.settings import load_settings

REPORT_HELP = """Write the report and the workbook of a finished run again, such as beside another run.

\b
Examples:
  python -m eval report runs/today
  python -m eval report runs/today --compare-with runs/last-month
"""


def report_again(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a finished run.")],
    compare_with: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Run to compare with, if not the one before it.")
    ] = None,
    index: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Index to show what was retrieved from, if not the usual one.")
    ] = None,
) -> None:
    summary = run_summary(folder)
    name = str((summary.get("run") or {}).get("set") or folder.name)
    find = articles_of(index or load_settings().index)
    write_reports(folder, name, summary, when=datetime.now(), find=find, compare_with=compare_with)
    Console().print(f"Written: {folder / REPORT}, {folder / WORKBOOK}", markup=False, highlight=False, soft_wrap=True)
