"""The seal of the portal on a PDF (PAdES, baseline B-B, or B-T with a time stamp), and telling whether a seal is whole.

A seal covers every byte of the file but its own place, and certifies that nothing may be added. `making`, `reading` and
`stamping` take time to import: whoever needs them imports them then.
"""

from documents.sealing.found import Reading, Seal, Stamp
from documents.sealing.identity import identity, is_development

__all__ = ["Reading", "Seal", "Stamp", "identity", "is_development"]
