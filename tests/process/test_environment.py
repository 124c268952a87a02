"""What commands see: an allow-list, no secrets, and a digest that follows what matters."""

from pathlib import Path

import pytest

from gatekeeper.process.environment import allow_listed_digest, network_settings, scrubbed, without_userinfo

HOME = Path("/gate/home")


def test_only_the_allow_list_gets_through() -> None:
    base = {
        "PATH": "/usr/bin:/bin",
        "LANG": "de_DE.UTF-8",
        "LC_NUMERIC": "C",
        "TZ": "UTC",
        "HOME": "/home/me",
        "GIT_DIR": "/elsewhere/.git",
        "GIT_CONFIG_COUNT": "1",
        "PYTHONPATH": "/evil",
        "LD_PRELOAD": "/evil.so",
        "AWS_SECRET_ACCESS_KEY": "x",
        "FORCE_COLOR": "1",
        "PYTEST_ADDOPTS": "--collect-only",
        "MY_SETTING": "1",
    }
    env = scrubbed(base, home=HOME, allow=["MY_SETTING"])
    assert {name for name in env if name in base} == {"PATH", "LANG", "LC_NUMERIC", "TZ", "HOME", "MY_SETTING"}
    assert env["HOME"] == "/gate/home"
    assert env["TERM"] == "dumb"
    assert env["NO_COLOR"] == "1"
    assert env["PYTHONDONTWRITEBYTECODE"] == "1"
    assert env["PYTHONHASHSEED"] == "0"


def test_path_is_prefixed_and_has_no_current_folder() -> None:
    env = scrubbed({"PATH": ":/usr/bin:.:bin::/bin:"}, path=["/env/bin"], home=HOME)
    assert env["PATH"] == "/env/bin:/usr/bin:/bin"


def test_without_a_path_there_is_a_default() -> None:
    assert "/usr/bin" in scrubbed({}, home=HOME)["PATH"].split(":")


def test_extra_wins() -> None:
    assert scrubbed({"LANG": "x"}, home=HOME, extra={"LANG": "y", "NEW": "1"})["LANG"] == "y"


def test_network_settings_hold_no_secrets() -> None:
    base = {
        "PIP_INDEX_URL": "https://me:hunter2@index.example/simple",
        "PIP_EXTRA_INDEX_URL": "https://a:b@one.example/x https://c@two.example/y",
        "PIP_TARGET": "/somewhere",
        "UV_INDEX": "corp=https://u:p@corp.example/simple",
        "UV_INDEX_CORP_PASSWORD": "hunter2",
        "UV_INDEX_CORP_USERNAME": "me",
        "UV_PUBLISH_TOKEN": "t",
        "npm_config_registry": "https://npm.example/",
        "npm_config_//npm.example/:_authToken": "t",
        "NPM_CONFIG__AUTH": "t",
        "HTTPS_PROXY": "me:hunter2@proxy.example:3128",
        "no_proxy": "localhost",
        "SSL_CERT_FILE": "/ca.pem",
        "AWS_REGION": "x",
    }
    settings = network_settings(base)
    assert settings == {
        "PIP_INDEX_URL": "https://index.example/simple",
        "PIP_EXTRA_INDEX_URL": "https://one.example/x https://two.example/y",
        "UV_INDEX": "corp=https://corp.example/simple",
        "npm_config_registry": "https://npm.example/",
        "HTTPS_PROXY": "proxy.example:3128",
        "no_proxy": "localhost",
        "SSL_CERT_FILE": "/ca.pem",
    }


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("https://host/a@b", "https://host/a@b"),
        ("https://user:p@ss@host/x", "https://host/x"),
        ("https://host/?mail=me@host", "https://host/?mail=me@host"),
    ],
)
def test_userinfo_is_cut_and_nothing_else(value: str, clean: str) -> None:
    assert without_userinfo("PIP_INDEX_URL", value) == clean


def test_settings_in_files_reach_an_empty_home(tmp_path: Path) -> None:
    (tmp_path / ".config/pip").mkdir(parents=True)
    (tmp_path / ".config/pip/pip.conf").write_text(
        "[global]\nindex-url = https://me:pw@pip.example/simple\nextra-index-url =\n  https://a.example\n  https://b.example\n"
        "[install]\ntrusted-host = pip.example\ntarget = /x\n"
    )
    (tmp_path / ".npmrc").write_text(
        "registry=https://npm.example/\n//npm.example/:_authToken=secret\n@corp:registry=https://corp.example/\n"
        "proxy=http://${USER}:x@p\n"
    )
    (tmp_path / ".config/uv").mkdir()
    (tmp_path / ".config/uv/uv.toml").write_text(
        'native-tls = true\n[[index]]\nname = "corp"\nurl = "https://u:p@uv.example/simple"\n'
        '[[index]]\nurl = "https://default.example"\ndefault = true\n'
    )
    assert network_settings({"HOME": str(tmp_path), "PIP_TRUSTED_HOST": "by-variable"}) == {
        "PIP_INDEX_URL": "https://pip.example/simple",
        "PIP_EXTRA_INDEX_URL": "https://a.example https://b.example",
        "PIP_TRUSTED_HOST": "by-variable",
        "npm_config_registry": "https://npm.example/",
        "npm_config_@corp:registry": "https://corp.example/",
        "UV_NATIVE_TLS": "1",
        "UV_INDEX": "corp=https://uv.example/simple",
        "UV_DEFAULT_INDEX": "https://default.example",
    }


def test_broken_files_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".config/pip").mkdir(parents=True)
    (tmp_path / ".config/uv").mkdir()
    (tmp_path / ".config/pip/pip.conf").write_bytes(b"no section\xff")
    (tmp_path / ".config/uv/uv.toml").write_text("index = 3\n[pip\n")
    (tmp_path / ".npmrc").mkdir()
    assert network_settings({"HOME": str(tmp_path)}) == {}


def test_digest_follows_values_and_ignores_places() -> None:
    env = {"PATH": "/bin", "LANG": "C", "HOME": "/a", "TMPDIR": "/b", "GATE_RUN_ID": "1"}
    same = {"GATE_RUN_ID": "2", "TMPDIR": "/d", "HOME": "/c", "LANG": "C", "PATH": "/bin"}
    assert allow_listed_digest(env) == allow_listed_digest(same)
    assert allow_listed_digest(env) != allow_listed_digest({**env, "LANG": "de"})
    assert allow_listed_digest({"A": "1", "B": "2"}) != allow_listed_digest({"A": "1B=2"})
    assert len(allow_listed_digest({"A": "\udcff"})) == 64
