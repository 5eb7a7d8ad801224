"""The one error hierarchy: a stable code, a sentence for the caller, and what to do about it."""

from __future__ import annotations


class LegationError(Exception):
    """Something was refused or failed, in a way that the caller can act on.

    ``code`` is stable and machine-readable, ``detail`` one public sentence, ``fix`` what to do (may be empty).
    Secrets never enter any of them; the private reason is ``__cause__``.
    """

    code = "error"
    fix = ""

    def __init__(self, detail: str, *, code: str | None = None, fix: str | None = None, pointer: str | None = None):
        super().__init__(detail)
        self.detail = detail
        self.pointer = pointer
        if code is not None:
            self.code = code
        if fix is not None:
            self.fix = fix

    def __str__(self) -> str:
        return self.detail


class MalformedError(LegationError):
    """Input that is not of the form that its specification asks for."""

    code = "malformed"


class TooLargeError(LegationError):
    """Input beyond a bound: bytes, hops, nesting."""

    code = "too_large"


class UnknownTermError(LegationError):
    """A member, constraint, predicate or type that this verifier does not know: unknown means no."""

    code = "unknown_term"


class InvalidKeyError(LegationError):
    """A public or private key that no honest signer would have, or of a type that is not supported."""

    code = "invalid_key"


class ProofError(LegationError):
    """A signature or proof that does not hold."""

    code = "proof_invalid"


class AttenuationError(LegationError):
    """A delegation that would pass on more than its parent holds."""

    code = "widened"

    def __init__(self, detail: str, *, pointer: str, allowed: object, claimed: object, code: str | None = None):
        super().__init__(detail, code=code, pointer=pointer)
        self.allowed = allowed
        self.claimed = claimed


class ResolutionError(LegationError):
    """A DID that could not be turned into a usable document."""

    code = "did_unresolvable"


class EgressError(LegationError):
    """A fetch that the egress guard refused or that did not succeed within its bounds."""

    code = "egress_refused"


class WalletError(LegationError):
    """The wallet could not be opened, or an operation on it failed."""

    code = "wallet_error"


class NotFoundError(LegationError):
    """Nothing here under that name."""

    code = "not_found"


class ConflictError(LegationError):
    """The name or identifier is taken, or the state has changed."""

    code = "conflict"


class GoneError(NotFoundError):
    """What was here has ended, and does not come back."""

    code = "gone"


class AccessError(LegationError):
    """The caller proved who it is, and may not do this."""

    code = "access_denied"


class FullError(LegationError):
    """A store has no room left for a change."""

    code = "storage_full"


class AuthenticationError(LegationError):
    """The caller did not prove who it is."""

    code = "authentication_required"


class UnavailableError(LegationError):
    """A store or peer did not answer within its deadline."""

    code = "unavailable"


class SettingsError(LegationError):
    """A setting, flag or argument that cannot be used."""

    code = "settings_invalid"
