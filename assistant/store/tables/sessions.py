"""Logins of the console."""

from sqlalchemy import Column, Index, String, Table

from assistant.store.tables.columns import UtcDateTime, corp_column, metadata

used_login = Table(
    "used_login",
    metadata,
    Column("nonce", String(64), primary_key=True, doc="of the login link: its second use meets the first here"),
    corp_column(),
    Column("userid_folded", String(64), nullable=False),
    Column("session_digest", String(64), nullable=False, unique=True, doc="SHA-256: a copied table opens no session"),
    Column("began_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("way", String(20), nullable=False, server_default="link", doc="how she came in: link, wecom or demo"),
    Index("ix_used_login_corp_id_userid_folded", "corp_id", "userid_folded", "began_at"),
)
