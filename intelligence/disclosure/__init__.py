"""Disclosure control of counts: the HES rule, an audit by linear programs, repair."""
