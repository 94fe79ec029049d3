"""The deployment configuration: what a site decides before the program starts.

Later ones win: defaults, the file ``kiosk.toml`` of the data folder (or the one that
``KIOSK_CONFIG`` names), environment variables such as ``KIOSK_AUDIO__DEVICE``, arguments of the
command line. What operators change while it runs is kept in the database instead.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from kiosk.core.errors import SettingsInvalid
from kiosk.core.policies import (
    ENROLL_END_POINT,
    ENROLL_QUALITY,
    VERIFY_END_POINT,
    VERIFY_QUALITY,
    EndPointPolicy,
    EnrollmentPolicy,
    Policies,
    QualityPolicy,
    VerificationPolicy,
)
