from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.core.policies import (
    ENROLL_END_POINT,
    ENROLL_QUALITY,
    VERIFY_END_POINT,
    VERIFY_QUALITY,
    EnrollmentPolicy,
    Policies,
    VerificationPolicy,
)


@pytest.mark.parametrize(
    "change",
    [
        {"pause_s": 0.0},
        {"pause_s": 0.7},
        {"end_silence_s": 3.0},
        {"wanted_net_s": 0.0},
        {"wanted_net_s": 7.0},
        {"enough_net_s": 25.0},
    ],
    ids=str,
)
def test_end_point_limits_in_the_wrong_order_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="required"):
        replace(VERIFY_END_POINT, **change)


def test_somebody_must_be_able_to_try() -> None:
    with pytest.raises(ValueError, match="one try"):
        VerificationPolicy(tries=0)
    with pytest.raises(ValueError, match="one try"):
        VerificationPolicy(inconclusive_tries=0)
    with pytest.raises(ValueError, match="one take"):
        EnrollmentPolicy(takes=0)


def test_end_pointing_waits_for_what_the_quality_gates_want() -> None:
    # Otherwise the kiosk would cut people off and then blame them for having said too little.
    assert VERIFY_END_POINT.wanted_net_s >= VERIFY_QUALITY.min_net_s
    assert ENROLL_END_POINT.wanted_net_s >= ENROLL_QUALITY.min_net_s


def test_enrollment_is_judged_more_strictly_than_verification() -> None:
    policies = Policies()
    enroll, verify = policies.enrollment.quality, policies.verification.quality
    assert enroll.min_net_s >= verify.min_net_s
    assert policies.enrollment.end_point.wanted_net_s > policies.verification.end_point.wanted_net_s
    assert enroll.min_snr_db > verify.min_snr_db
    assert enroll.min_bandwidth_hz > verify.min_bandwidth_hz
