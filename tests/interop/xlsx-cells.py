"""Prints what openpyxl finds in a workbook, as JSON: for each sheet its frozen pane, filter, and cells."""

import json
import sys

import openpyxl
from openpyxl.utils.escape import unescape


def shown(cell):
    # openpyxl leaves the _xHHHH_ of texts to its caller.
    value = unescape(cell.value) if isinstance(cell.value, str) else cell.value
    return {"value": value, "type": cell.data_type, "format": cell.number_format}


book = openpyxl.load_workbook(sys.argv[1])
print(
    json.dumps(
        [
            {
                "name": sheet.title,
                "frozen": sheet.freeze_panes,
                "filter": sheet.auto_filter.ref,
                "rows": [[shown(cell) for cell in row] for row in sheet.iter_rows()],
            }
            for sheet in book.worksheets
        ]
    )
)
