"""Enrolling a person: Person, Consent, Voice, Check, Done."""
