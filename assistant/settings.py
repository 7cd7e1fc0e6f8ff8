"""Every environment value, typed and read once. ``.env.example`` documents each; a test holds the two together."""

from datetime import datetime
from ipaddress import ip_network
from pathlib import Path
from secrets import token_urlsafe
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from assistant.offers.holdout import Holdout

WECOM_API_URL = "https://qyapi.weixin.qq.com"
OAUTH_URL = "https://open.weixin.qq.com/connect/oauth2/authorize"
SCAN_URL = "https://login.work.weixin.qq.com/wwlogin/sso/login"


class Settings(BaseSettings):
    """Values come from ``DAOGOU_*`` in the environment, then from ``.env``; nothing else reads them."""

    model_config = SettingsConfigDict(env_prefix="DAOGOU_", env_file=".env", extra="ignore", env_ignore_empty=True)

    mode: Literal["demo", "production"] = "demo"
    data_dir: Path = Path("var")
    database_url: str = ""
    jobs_url: str = ""
    corp_id: str = "demo-corp"

    listen_host: str = "127.0.0.1"
    listen_port: int = Field(default=8600, ge=0, le=65535)
    allowed_hosts: tuple[str, ...] = ("127.0.0.1", "localhost")
    public_url: str = ""
    trusted_proxies: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    emergency_links: bool = False

    wecom_api_url: str = WECOM_API_URL
    wecom_agent_id: int = 0
    wecom_secret: SecretStr = SecretStr("")
    wecom_token: SecretStr = SecretStr("")
    wecom_aes_key: SecretStr = SecretStr("")

    llm_base_url: str = ""
    llm_api_key: SecretStr = SecretStr("")
    llm_model: str = ""
    llm_method: Literal["json_schema", "function_calling", "json_mode"] = "json_schema"
    llm_deadline_seconds: float = Field(default=8.0, gt=0, le=60)
    llm_calls_per_minute: int = Field(default=20, ge=0)
    llm_tokens_per_day: int = Field(default=20_000_000, ge=0)
    llm_cache_seconds: float = Field(default=300, ge=0, le=3600)
    llm_input_fen_per_million: int = Field(default=0, ge=0)
    llm_output_fen_per_million: int = Field(default=0, ge=0)
    llm_processor_note: str = ""
    prompts_dir: Path | None = None
    unlabelled_agreement: str = ""

    embedder: str = "built-in"
    embedder_base_url: str = ""
    embedder_api_key: SecretStr = SecretStr("")
    embedder_instruction: str = ""
    reranker: str = ""

    s3_endpoint_url: str = ""
    s3_region: str = "us-east-1"
    s3_access_key: SecretStr = SecretStr("")
    s3_secret_key: SecretStr = SecretStr("")
    s3_path_style: bool = False
    url_ingest_hosts: tuple[str, ...] = ()
    source_file_mb: int = Field(default=100, ge=1, le=1024)
    source_total_mb: int = Field(default=2048, ge=1)
    source_files: int = Field(default=20_000, ge=1)

    till_api: bool = False
    till_webhook_secret: SecretStr = SecretStr("")
    till_webhook_url: str = ""
    till_calls_per_minute: int = Field(default=600, ge=1)
    holdout_percent: int = Field(default=0, ge=0, le=50)
    holdout_salt: str = ""
    till_attribution_days: int = Field(default=7, ge=1, le=90)
    till_guide_point_fen: int = Field(default=0, ge=0)
    till_customer_point_fen: int = Field(default=0, ge=0)

    quiet_seconds: float = Field(default=0.6, ge=0, le=10)
    turn_workers: int = Field(default=2, ge=1, le=64)
    executor_id: str = "one"
    clock_start: datetime | None = None
    console_secret: SecretStr = SecretStr("")
    forgetting_secret: SecretStr = SecretStr("")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("clock_start")
    @classmethod
    def _aware(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("要带时区，例如 2026-11-22T10:00:00+08:00")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            try:
                ip_network(one)
            except ValueError as wrong:
                raise ValueError(f"“{one}”不是 IP 地址或网段，例如 10.0.0.5 或 10.0.0.0/24") from wrong
        return value

    @property
    def database(self) -> str:
        """The SQLAlchemy address of the state; SQLite in the data folder unless told otherwise."""
        return self.database_url or f"sqlite+pysqlite:///{self.data_dir / 'daogou.db'}"

    @property
    def jobs_database(self) -> str:
        """The address of the durable jobs' own tables; beside the state, in a file or database of their own."""
        if self.jobs_url:
            return self.jobs_url
        if self.database_url.startswith("postgresql"):
            return self.database_url.replace("postgresql+psycopg://", "postgresql://")
        return f"sqlite:///{self.data_dir / 'jobs.db'}"

    @property
    def index_dir(self) -> Path:
        """The folder of the passage index; owned by one process."""
        return self.data_dir / "index"

    @property
    def encoder_dir(self) -> Path:
        """The folder of the encoder trained on the shop's own questions, once one has proved itself."""
        return self.data_dir / "encoder"

    @property
    def ai_label(self) -> str:
        """What stands at the end of a draft sent unedited; empty only when an agreement is named."""
        return "" if self.unlabelled_agreement else "（AI生成）"

    @property
    def holdout(self) -> Holdout:
        """Who is left alone by lot."""
        return Holdout(percent=self.holdout_percent, salt=self.holdout_salt)

    @property
    def has_wecom(self) -> bool:
        """True when a self-built app is configured and callbacks can be served."""
        return bool(self.wecom_token.get_secret_value() and self.wecom_aes_key.get_secret_value())

    @property
    def has_wecom_login(self) -> bool:
        """True when people can log in to the console by WeCom."""
        return bool(self.public_url and self.wecom_agent_id and self.wecom_secret.get_secret_value())

    @property
    def wecom_login_urls(self) -> tuple[str, str]:
        """WeCom's own login pages, inside it and by scanning; a simulator has both beside its API."""
        if self.wecom_api_url == WECOM_API_URL:
            return OAUTH_URL, SCAN_URL
        return f"{self.wecom_api_url}{urlsplit(OAUTH_URL).path}", f"{self.wecom_api_url}{urlsplit(SCAN_URL).path}"

    def console_key(self) -> str:
        """The key that signs console sessions: from the environment, else made once in the data folder."""
        return self.console_secret.get_secret_value() or self._kept_key("console.key")

    def forgetting_key(self) -> bytes:
        """The key of the marks of forgotten people: from the environment, else made once in the data folder."""
        return (self.forgetting_secret.get_secret_value() or self._kept_key("forgetting.key")).encode()

    def _kept_key(self, name: str) -> str:
        kept = self.data_dir / name
        if not kept.exists():
            kept.touch(mode=0o600)
            kept.write_text(token_urlsafe(32), encoding="ascii")
        return kept.read_text(encoding="ascii")

    @property
    def has_model(self) -> bool:
        """True when a chat model is configured; else the composer words every draft."""
        return bool(self.llm_base_url and self.llm_model)
