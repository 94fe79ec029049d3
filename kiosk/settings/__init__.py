"""The deployment configuration: what a site decides before the program starts.

Later ones win: defaults, the file ``kiosk.toml`` of the machine (``/etc/voice-kiosk``, or the one
that ``KIOSK_SITE_CONFIG`` names), the file ``kiosk.toml`` of the data folder (or the one that
``KIOSK_CONFIG`` names), environment variables such as ``KIOSK_AUDIO__DEVICE``, arguments of the
command line. A file that lies in the data folder may not say what the data are checked by. What
operators change while it runs is kept in the database instead.
"""

from kiosk.settings.effective import Settings, default_data_dir
from kiosk.settings.loading import load_settings

__all__ = ["Settings", "default_data_dir", "load_settings"]
