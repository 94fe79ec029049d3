"""The quality gates of a recording, a module each.

To add one, write a module here and name it in :mod:`kiosk.core.hearing.quality`, as a reason and as
a measurement. Where the site may set its limit, a field of the policy and a setting have one name.
``make manual`` renews the manual.
"""
