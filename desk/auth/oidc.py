"""Sign-in with the company's OpenID Connect provider, beside passwords, when settings name one.

Authlib does the protocol: discovery, state, nonce, PKCE, the token's signature and claims. Who
comes back must be a member already; the provider opens the door and gives no role.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from authlib.integrations.starlette_client import OAuth
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from sales.settings import DeskSettings
from sales.team.roles import Member
from sales.team.store import member_by_email

NAME = "company"
DISCOVERY = "/.well-known/openid-configuration"
CALLBACK = "/sign-in/company/callback"
TIMEOUT_S = 10


class ProviderError(Exception):
    """The provider did not answer, or not in a way that can be believed; the text says what."""


class NotAMemberError(ValueError):
    """The provider knows this person and the desk does not; the text says what would work."""


def provider(desk: DeskSettings) -> Any:
    """Authlib's client for the provider, or None when none is set. Connects at first use."""
    if not desk.oidc_issuer:
        return None
    return OAuth().register(
        NAME,
        client_id=desk.oidc_client_id,
        client_secret=desk.oidc_client_secret,
        server_metadata_url=f"{desk.oidc_issuer}{DISCOVERY}",
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "timeout": TIMEOUT_S,
        },
    )


async def ask(client: Any, request: Request, callback: str) -> Response:
    """Sends the browser to the provider; state, nonce and PKCE verifier wait in the session."""
    with _failing_as_provider_error():
        await _checked_issuer(client)
        answer: Response = await client.authorize_redirect(request, callback)
        return answer


async def answered_claims(client: Any, request: Request) -> Mapping[str, Any]:
    """What the provider says of the person who came back with a code, once it is checked."""
    with _failing_as_provider_error():
        must_be = {
            "iss": {"essential": True, "value": await _checked_issuer(client)},
            "aud": {"essential": True, "value": client.client_id},
        }
        token = await client.authorize_access_token(request, claims_options=must_be)
        claims: Mapping[str, Any] = token["userinfo"]
        return claims


async def _checked_issuer(client: Any) -> str:
    """The issuer that the discovery document names; it must be where that document is."""
    issuer: str = (await client.load_server_metadata())["issuer"]
    if f"{issuer.rstrip('/')}{DISCOVERY}" != client._server_metadata_url:
        raise ProviderError("another issuer")
    return issuer


@contextmanager
def _failing_as_provider_error() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # Authlib's, joserfc's, or its HTTP library's: password still works
        raise ProviderError(type(error).__name__) from error


def member_from_claims(session: Session, claims: Mapping[str, Any]) -> Member:
    """The active member with the address that the provider has verified."""
    email = claims.get("email")
    if not isinstance(email, str) or claims.get("email_verified") is not True:
        raise NotAMemberError(
            "Your company account has no verified e-mail address. Ask whoever looks after it."
        )
    member = member_by_email(session, email)
    if member is None or not member.is_active:
        raise NotAMemberError(
            "Your company account is fine, but you are not in the team yet. Ask an owner to add "
            "you with the same e-mail address."
        )
    return member
