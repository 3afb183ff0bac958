"""A call as one readable file, and back.

Amounts are written "52000.00 EUR", shares "40 %", instants "2027-06-01 17:00" in Brussels time, so that every value is
exact and says its unit. What a file may hold stands in `table`; the order of the table is the order of the file.
`parse_call_file(write_call_file(f)) == f`, and writing again gives the same text.

Not in the file: what belongs to one Eurocluster or one edition alone (status, publication, where values come from).
"""

from calls.call_file.reading import parse_call_file
from calls.call_file.table import APART, CRITERION, GROUPS, INSTALMENT, ROLE, STAGE, TABLES, TOPIC, CallFile
from calls.call_file.writing import write_call_file
from calls.yaml_tree import CallFileError, Problem

__all__ = [
    "APART",
    "CRITERION",
    "GROUPS",
    "INSTALMENT",
    "ROLE",
    "STAGE",
    "TABLES",
    "TOPIC",
    "CallFile",
    "CallFileError",
    "Problem",
    "parse_call_file",
    "write_call_file",
]
