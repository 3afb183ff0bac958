"""The lists of applications that a team reads: filters, columns, order, saved views, exports, and actions on many."""
