"""The seal of the portal on a PDF (PAdES, baseline B-B, or B-T with a time stamp), and telling whether a seal is whole.

A seal covers every byte of the file but its own place, and certifies that nothing may be added.
"""

from documents.sealing.identity import identity, is_development
from documents.sealing.making import seal
from documents.sealing.reading import Reading, Seal, read_seal

__all__ = ["Reading", "Seal", "identity", "is_development", "read_seal", "seal"]
