"""Offline voice-biometric kiosk: enroll people by voice, then let them verify themselves."""
