"""allauth's second factors in this house: their secrets are sealed, and the municipality is the one who asks."""

from __future__ import annotations

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter

from booking.foundation import vault
from booking.foundation.conf import booking_settings

PURPOSE = "second-factor"


class MfaAdapter(DefaultMFAAdapter):
    """Named in MFA_ADAPTER."""

    def encrypt(self, text: str) -> str:
        """Secrets of apps and recovery codes lie sealed in the database."""
        return vault.seal(PURPOSE, text)

    def decrypt(self, encrypted_text: str) -> str:
        """And are opened with any key that is still known."""
        return vault.open_sealed(PURPOSE, encrypted_text)

    def get_totp_issuer(self) -> str:
        """What the app shows above the code."""
        return booking_settings().municipality_name

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The passkey is bound to this host."""
        return super().get_public_key_credential_rp_entity() | {"name": booking_settings().municipality_name}

    def get_public_key_credential_user_entity(self, user: Any) -> dict[str, Any]:
        """The device shows the name and the address."""
        return super().get_public_key_credential_user_entity(user) | {"display_name": user.get_full_name()}
