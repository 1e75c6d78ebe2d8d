"""Remedies: what the fixes of several rules make, one kind a file."""
