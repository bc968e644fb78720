"""The settings: what each variable accepts, what is refused and how, and where a value came from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.config import Config, load
from webapp.core.image_request import Address, Secret
from webapp.errors import BadSetting


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository without settings."""
    return tmp_path


def refused(root: Path, **environ: str) -> BadSetting:
    with pytest.raises(BadSetting) as caught:
        load(environ, root)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"{caught.value.name}: ")
    return caught.value


def test_nothing_set_gives_the_defaults_of_the_contract(root: Path) -> None:
    config = load({}, root)
    assert (config.host, config.port, config.workers) == ("127.0.0.1", 8000, 1)
    assert (config.projects_root, config.data_dir) == (root / "projects", root / "var")
    assert (config.redis_url, config.app_password, config.budget) == (None, None, None)
    assert config.allowed_hosts == ("localhost", "127.0.0.1", "[::1]")
    assert config.cors_origins == ()
    assert (config.image_provider, config.run_worker) == ("sketch", True)
    assert config.providers["sketch"].options == {"delay": 0.4}
    assert (config.requests_per_minute, config.max_parallel) == (None, None)
    assert (config.max_attempts, config.request_timeout) == (4, 180)
    assert [(name, each.keys, each.style_keys) for name, each in config.providers.items()] == [
        (name, (), {}) for name in ("sketch", "gemini", "openai", "a1111", "comfyui")
    ]
    assert [config.providers[name].urls for name in ("a1111", "comfyui")] == [
        (Address("http://127.0.0.1:7860"),),
        (Address("http://127.0.0.1:8188"),),
    ]
    assert config.providers["openai"].base_url == "https://api.openai.com/v1"
    assert (config.providers["comfyui"].workflow, config.style_reference) == (None, None)
    assert config.origin == {}


def test_the_environment_wins_over_the_file(root: Path) -> None:
    (root / ".env").write_text("PORT=8001\nMAX_ATTEMPTS=2\n")
    config = load({"PORT": "8002"}, root)
    assert (config.port, config.max_attempts) == (8002, 2)
    assert config.origin == {"PORT": "environment", "MAX_ATTEMPTS": ".env"}


def test_an_empty_value_counts_as_not_set(root: Path) -> None:
    config = load({"PORT": "", "APP_PASSWORD": " ", "GEMINI_API_KEYS": ""}, root)
    assert (config.port, config.app_password, config.providers["gemini"].keys) == (8000, None, ())


def test_an_empty_value_in_the_environment_hides_the_one_in_the_file(root: Path) -> None:
    (root / ".env").write_text("REDIS_URL=redis://localhost\n")
    assert load({"REDIS_URL": ""}, root).redis_url is None


def test_the_file_may_have_comments_quotes_and_a_byte_order_mark(root: Path) -> None:
    (root / ".env").write_bytes(
        b"\xef\xbb\xbf# mine\r\nexport APP_PASSWORD='pa$$w0rd # ${HOME}'\r\n\r\nPORT=8001 # free\r\nWEB_CONCURRENCY\r\n"
    )
    config = load({}, root)
    assert config.app_password == Secret("pa$$w0rd # ${HOME}")
    assert (config.port, config.workers) == (8001, 1)


def test_a_broken_line_of_the_file_is_named(root: Path) -> None:
    (root / ".env").write_text("PORT=8001\n\n=what is this\n")
    error = refused(root)
    assert error.name == ".env" and "line 3" in error.reason


def test_a_file_that_is_no_text_is_one_line(root: Path) -> None:
    (root / ".env").write_bytes(b"\xff\xfe\x00PORT=1")
    assert refused(root).name == ".env"


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("PORT", "eighty"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "8000.5"),
        ("PORT", "٨٠٠٠"),
        ("WEB_CONCURRENCY", "0"),
        ("WEB_CONCURRENCY", "-1"),
        ("HOST", "http://localhost"),
        ("HOST", "localhost:8000"),
        ("HOST", "300.1.1.1"),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", "a.example:80"),
        ("ALLOWED_HOSTS", "a.example,http://b.example"),
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGINS", "null"),
        ("CORS_ORIGINS", "localhost:3000"),
        ("CORS_ORIGINS", "http://localhost:3000/app"),
        ("CORS_ORIGINS", "http://user@localhost"),
        ("CORS_ORIGINS", "http://localhost:port"),
        ("IMAGE_PROVIDER", "dall-e"),
        ("REQUESTS_PER_MINUTE", "0"),
        ("REQUESTS_PER_MINUTE", "nan"),
        ("REQUESTS_PER_MINUTE", "fast"),
        ("MAX_PARALLEL", "0"),
        ("MAX_PARALLEL", "1e9"),
        ("MAX_ATTEMPTS", "0"),
        ("REQUEST_TIMEOUT", "-3"),
        ("REQUEST_TIMEOUT", "inf"),
        ("BUDGET_USD", "-1"),
        ("BUDGET_USD", "$5"),
        ("BUDGET_USD", "NaN"),
        ("BUDGET_USD", "Infinity"),
        ("BUDGET_USD", "1e99"),
        ("GEMINI_API_KEYS", "=key"),
        ("GEMINI_API_KEYS", "account="),
        ("GEMINI_API_KEYS", "two words"),
        ("GEMINI_API_KEYS", "key\r\nX-Evil: 1"),
        ("GEMINI_API_KEYS", "a=key,b=key"),
        ("GEMINI_API_KEYS_CLEAR", "="),
        ("GEMINI_MODEL", "../secrets"),
        ("GEMINI_MODEL", "a model"),
        ("GEMINI_BASE_URL", "example.com"),
        ("GEMINI_BASE_URL", "http://example.com"),
        ("GEMINI_BASE_URL", "https://user:pw@example.com"),
        ("GEMINI_BASE_URL", "https://example.com?key=1"),
        ("OPENAI_API_KEYS", "two words"),
        ("OPENAI_MODEL", "a model"),
        ("OPENAI_BASE_URL", "http://api.example.com/v1"),
        ("OPENAI_BASE_URL", "http://8.8.8.8/v1"),
        ("A1111_URLS", "127.0.0.1:7860"),
        ("A1111_URLS", "http://127.0.0.1:7860?x=1"),
        ("A1111_URLS", "http://a:port"),
        ("A1111_URLS", "http://me:secret@gpu.example.com"),
        ("COMFYUI_URLS", "http://127.0.0.1:8188,ftp://x"),
        ("COMFYUI_URLS", "http://300.1.1.1"),
        ("COMFYUI_WORKFLOW", "nowhere.json"),
        ("REDIS_URL", "localhost:6379"),
        ("REDIS_URL", "http://localhost"),
        ("REDIS_URL", "redis://"),
        ("REDIS_URL", "redis://h:port"),
        ("RUN_WORKER", "maybe"),
        ("SKETCH_DELAY", "-1"),
        ("STYLE_REFERENCE", "nowhere.png"),
    ],
)
def test_a_bad_value_is_one_line_that_names_the_variable(root: Path, name: str, bad: str) -> None:
    assert refused(root, **{name: bad}).name == name


@pytest.mark.parametrize("name", ["PROJECTS_ROOT", "DATA_DIR"])
def test_a_file_is_no_folder(root: Path, name: str) -> None:
    (root / "file").write_text("")
    assert refused(root, **{name: "file"}).name == name


@pytest.mark.parametrize("data_dir", ["films", "films/var", "films/../films/var"])
def test_secrets_never_lie_among_the_projects(root: Path, data_dir: str) -> None:
    assert refused(root, PROJECTS_ROOT="films", DATA_DIR=data_dir).name == "DATA_DIR"
    assert load({"DATA_DIR": "all", "PROJECTS_ROOT": "all/films"}, root).data_dir == root / "all"


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("GEMINI_API_KEYS", "account=canary key"),
        ("GEMINI_API_KEYS_CLEAR", "a=canary,b=canary"),
        ("REDIS_URL", "http://:canary@host"),
        ("GEMINI_BASE_URL", "https://u:canary@host"),
        ("OPENAI_API_KEYS", "account=canary key"),
        ("A1111_URLS", "http://u:canary@host.example.com"),
        ("COMFYUI_URLS", "https://u:canary@host:port"),
    ],
)
def test_an_error_never_repeats_a_secret(root: Path, name: str, bad: str) -> None:
    assert "canary" not in str(refused(root, **{name: bad}))


def test_repr_never_shows_a_secret(root: Path) -> None:
    config = load(
        {
            "APP_PASSWORD": "canary-password",
            "GEMINI_API_KEYS": "canary-key-1,me=canary-key-2",
            "GEMINI_API_KEYS_CLEAR": "canary-key-3",
            "REDIS_URL": "redis://:canary-redis@localhost/0",
            "OPENAI_API_KEYS_CLEAR": "canary-key-4",
            "A1111_URLS": "http://me:canary-login@127.0.0.1:7860",
        },
        root,
    )
    assert "canary" not in repr(config)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "step8.example.com"])
def test_listening_beyond_this_machine_needs_a_password(root: Path, host: str) -> None:
    assert "APP_PASSWORD" in refused(root, HOST=host).reason
    assert load({"HOST": host, "APP_PASSWORD": "secret"}, root).host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.1.1", "::1", "localhost", "[::1]"])
def test_listening_on_this_machine_needs_none(root: Path, host: str) -> None:
    assert load({"HOST": host}, root).host == host.strip("[]")


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
        ("::1", "http://[::1]:8000"),
        ("step8.example.com", "http://step8.example.com:8000"),
    ],
)
def test_the_address_is_one_that_a_browser_can_open(root: Path, host: str, url: str) -> None:
    assert load({"HOST": host, "APP_PASSWORD": "secret"}, root).url == url


def test_allowed_hosts_are_written_as_browsers_write_them(root: Path) -> None:
    config = load({"ALLOWED_HOSTS": "Step8.Example.com., [FE80::1], 10.0.0.7"}, root)
    assert config.allowed_hosts == ("localhost", "127.0.0.1", "[::1]", "step8.example.com", "[fe80::1]", "10.0.0.7")


def test_the_name_it_listens_at_is_an_allowed_host(root: Path) -> None:
    config = load({"HOST": "step8.example.com", "APP_PASSWORD": "secret"}, root)
    assert "step8.example.com" in config.allowed_hosts
    assert "0.0.0.0" not in load({"HOST": "0.0.0.0", "APP_PASSWORD": "secret"}, root).allowed_hosts


def test_cors_origins_are_kept_in_one_spelling(root: Path) -> None:
    config = load({"CORS_ORIGINS": "http://LOCALHOST:3000/, https://app.example:443, http://[::1]:3000"}, root)
    assert config.cors_origins == ("http://localhost:3000", "https://app.example", "http://[::1]:3000")


@pytest.mark.parametrize(("text", "micros"), [("5", 5_000_000), ("2.50", 2_500_000), ("0", 0), ("0.0000019", 1)])
def test_the_budget_is_in_whole_micro_dollars(root: Path, text: str, micros: int) -> None:
    assert load({"BUDGET_USD": text}, root).budget == micros


def test_no_pause_at_all_is_a_value_and_not_the_default(root: Path) -> None:
    assert load({"SKETCH_DELAY": "0"}, root).providers["sketch"].options == {"delay": 0}
    assert load({"RUN_WORKER": "0"}, root).run_worker is False


def test_keys_of_one_account_belong_together_and_a_bare_key_has_its_own(root: Path) -> None:
    config = load({"GEMINI_API_KEYS": "film=k1, film = k2 ,k3,k3, k4=="}, root)
    first, second, bare, padded = config.providers["gemini"].keys
    assert (first.account, second.account) == ("film", "film")
    assert [key.secret.reveal() for key in config.providers["gemini"].keys] == ["k1", "k2", "k3", "k4=="]
    assert bare.account not in ("film", "", padded.account) and "k3" not in bare.account


def test_a_bare_key_has_the_same_account_wherever_it_is_listed(root: Path) -> None:
    config = load({"GEMINI_API_KEYS": "k3", "GEMINI_API_KEYS_CLEAR": "k3"}, root)
    assert config.providers["gemini"].keys == config.providers["gemini"].style_keys["clear"]


def test_a_style_with_keys_of_its_own_uses_those(root: Path) -> None:
    config = load({"GEMINI_API_KEYS": "common", "GEMINI_API_KEYS_DARK_INK": "own"}, root)
    assert [key.secret.reveal() for key in config.pool("gemini", "Dark-Ink")] == ["own"]
    assert [key.secret.reveal() for key in config.pool("gemini", "clear")] == ["common"]


def test_the_model_may_be_written_as_the_providers_pages_write_it(root: Path) -> None:
    assert load({"GEMINI_MODEL": "models/gemini-3-pro-image"}, root).providers["gemini"].model == "gemini-3-pro-image"


def test_every_provider_has_pools_of_its_own(root: Path) -> None:
    config = load({"OPENAI_API_KEYS": "common", "OPENAI_API_KEYS_CLEAR": "own", "GEMINI_API_KEYS": "other"}, root)
    assert [key.secret.reveal() for key in config.pool("openai", "clear")] == ["own"]
    assert [key.secret.reveal() for key in config.pool("openai", "dark ink")] == ["common"]
    assert [key.secret.reveal() for key in config.pool("gemini", "clear")] == ["other"]
    assert config.pool("a1111", "clear") == ()


def test_a_compatible_server_may_be_near_without_https_and_name_models_as_it_likes(root: Path) -> None:
    for url in (
        "http://192.168.1.20:8080/v1",
        "http://gpu:8000/v1",
        "http://gpu.local/v1",
        "https://api.example.com/v1",
    ):
        settings = load({"OPENAI_BASE_URL": url + "/", "OPENAI_MODEL": "black-forest-labs/FLUX.1-schnell"}, root)
        assert settings.providers["openai"].base_url == url
        assert settings.providers["openai"].model == "black-forest-labs/FLUX.1-schnell"


def test_the_login_of_a_server_stands_in_its_address_and_is_kept_apart(root: Path) -> None:
    text = "http://me:p%40ss@127.0.0.1:7860/, https://gpu.example.com/sd , http://[fd00::5]:7860, http://127.0.0.1:7861"
    assert load({"A1111_URLS": text}, root).providers["a1111"].urls == (
        Address("http://127.0.0.1:7860", Secret("me:p@ss")),
        Address("https://gpu.example.com/sd"),
        Address("http://[fd00::5]:7860"),
        Address("http://127.0.0.1:7861"),
    )


def test_a_workflow_is_a_file_that_is_there(root: Path) -> None:
    (root / "mine.json").write_text("{}")
    assert load({"COMFYUI_WORKFLOW": "mine.json"}, root).providers["comfyui"].workflow == root / "mine.json"


def test_paths_count_from_the_repository_and_know_the_home_folder(root: Path) -> None:
    (root / "look.png").write_text("")
    config = load({"PROJECTS_ROOT": "films", "DATA_DIR": "~/step8", "STYLE_REFERENCE": "look.png"}, root)
    assert config.projects_root == root / "films"
    assert config.data_dir == Path.home() / "step8"
    assert config.style_reference == root / "look.png"


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60)
ANY_NAME = st.sampled_from(
    [
        *("HOST", "PORT", "WEB_CONCURRENCY", "REDIS_URL", "APP_PASSWORD", "ALLOWED_HOSTS", "CORS_ORIGINS"),
        *("REQUESTS_PER_MINUTE", "MAX_PARALLEL", "MAX_ATTEMPTS", "REQUEST_TIMEOUT", "BUDGET_USD", "IMAGE_PROVIDER"),
        *("GEMINI_API_KEYS", "GEMINI_API_KEYS_CLEAR", "GEMINI_MODEL", "GEMINI_BASE_URL", "RUN_WORKER", "SKETCH_DELAY"),
        *("STYLE_REFERENCE", "PROJECTS_ROOT", "DATA_DIR", "OPENAI_API_KEYS", "OPENAI_MODEL", "OPENAI_BASE_URL"),
        *("A1111_URLS", "COMFYUI_URLS", "COMFYUI_WORKFLOW"),
    ]
)


@given(st.dictionaries(ANY_NAME, TEXTS, max_size=6))
def test_any_text_is_read_or_refused_with_our_own_error(environ: dict[str, str]) -> None:
    try:
        assert isinstance(load(environ, Path("/nonexistent")), Config)
    except BadSetting as error:
        assert "\n" not in str(error)


@given(TEXTS)
def test_any_file_is_read_or_refused_with_our_own_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    root = tmp_path_factory.mktemp("root")
    (root / ".env").write_text(text, encoding="utf-8", newline="")
    try:
        load({}, root)
    except BadSetting as error:
        assert "\n" not in str(error)


def test_prices_of_ones_own_are_laid_over_the_bundled_ones(root: Path) -> None:
    entry = {"provider": "gemini", "model": "gemini-3-pro-image", "amount": 1, "as_of": "2027-01", "source": "my bill"}
    (root / "var").mkdir()
    (root / "var/prices.json").write_text(json.dumps({"images": [entry]}), encoding="utf-8-sig")
    bundled, prices = load({"DATA_DIR": "none"}, root).prices, load({}, root).prices
    mine, other = prices.image("gemini", "gemini-3-pro-image"), ("openai", "gpt-image-1-mini", "1024x1024", "low")
    assert mine is not None and (mine.amount, mine.source) == (1, "my bill")
    assert prices.image(*other) == bundled.image(*other) is not None
    assert set(bundled.images) <= set(prices.images)
    assert prices.tokens("gemini", "gemini-3-pro-image") == bundled.tokens("gemini", "gemini-3-pro-image")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[]", "must be an object"),
        (b'{"images": [{"provider": "gemini"}]}', "Entry 1 of"),
        (b'{"images": [{"provider": "p", "model": "m", "amount": 0.04}]}', "whole number of micro-dollars"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_a_price_list_that_cannot_be_used_is_named_and_nothing_starts(root: Path, content: bytes, reason: str) -> None:
    (root / "var").mkdir()
    (root / "var/prices.json").write_bytes(content)
    error = refused(root)
    assert error.name == "prices.json" and reason in error.reason and str(root / "var/prices.json") in error.reason


def test_a_folder_in_the_place_of_the_price_list_is_named(root: Path) -> None:
    (root / "var/prices.json").mkdir(parents=True)
    assert "cannot be read" in refused(root).reason


def test_what_a_process_takes_on_is_set_by_the_environment_and_the_systems_limit(root: Path) -> None:
    default = load({}, root).capacity
    assert (default.room(20_000), default.room(1_024), default.room(10)) == (2_000, 624, 1)
    assert (default.files(), default.requests, default.upload) == (0, 500, 64 * 1024 * 1024)
    asked = load({"VIEWERS_PER_WORKER": "5000", "MAX_UPLOAD_MB": "10"}, root).capacity
    assert (asked.room(20_000), asked.files(), asked.upload) == (5_000, 5_400, 10 * 1024 * 1024)
    refused(root, VIEWERS_PER_WORKER="0")
    refused(root, REQUESTS_PER_WORKER="many")
