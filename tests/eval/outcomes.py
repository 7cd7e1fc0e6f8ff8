"""Outcomes of turns as a run would have them, made by hand."""

from eval.counting.outcome import RAN, TurnOutcome


def outcome(
    case: str, number: int = 1, *failed: str, passed: tuple[str, ...] = ("合规", "隐私"), **tags: str
) -> TurnOutcome:
    """A turn that passed these checks but for those that failed."""
    right = tuple(name for name in (*passed, RAN) if name not in failed)
    return TurnOutcome(
        case=case,
        number=number,
        asked="a",
        tags={"题包": case.split("/")[0], **tags},
        passed=right,
        failed={name: f"{name}不对" for name in failed},
        fingerprint="".join(failed),
    )
