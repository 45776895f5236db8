"""Where the desk answers and how people sign in."""

from __future__ import annotations

from dataclasses import dataclass, field

from sales.settings.reader import HIGHEST_PORT, Network, Reader


@dataclass(frozen=True)
class DeskSettings:
    """The desk's address, its secret, and an OpenID Connect provider when there is one."""

    host: str
    port: int
    url: str  # as people reach it, such as https://desk.example.com; "": http://host:port
    secret: str = field(repr=False)  # signs sessions; "": one is kept in var_dir
    trusted_proxies: tuple[Network, ...]  # whose X-Forwarded-For is believed
    request_timeout_s: int  # within which a request has to arrive
    oidc_issuer: str  # "": no OpenID Connect
    oidc_client_id: str
    oidc_client_secret: str = field(repr=False)

    @property
    def address(self) -> str:
        """Where a browser on this machine, or on the net when `url` is set, finds the desk."""
        return self.url or f"http://{self.host}:{self.port}"


def desk_settings(env: Reader) -> DeskSettings:
    """As the environment has it."""
    env.needs("Sign-in by OpenID Connect", "DESK_OIDC_ISSUER",
              ("DESK_OIDC_CLIENT_ID", "DESK_OIDC_CLIENT_SECRET"))  # fmt: skip
    env.useless("DESK_OIDC_ISSUER", ("DESK_OIDC_CLIENT_ID", "DESK_OIDC_CLIENT_SECRET"))
    return DeskSettings(
        host=env.text("DESK_HOST", "127.0.0.1"),
        port=env.number("DESK_PORT", 5006, HIGHEST_PORT),
        url=env.url("DESK_URL"),
        secret=env.secret("DESK_SECRET"),
        trusted_proxies=env.networks("TRUSTED_PROXIES"),
        request_timeout_s=env.number("REQUEST_TIMEOUT_S", 60),
        oidc_issuer=env.url("DESK_OIDC_ISSUER"),
        oidc_client_id=env.text("DESK_OIDC_CLIENT_ID"),
        oidc_client_secret=env.text("DESK_OIDC_CLIENT_SECRET"),
    )
