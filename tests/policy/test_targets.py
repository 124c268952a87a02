"""[target.*], [[signer]] and [stamp]: what they come to, and what each mistake says."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.errors import ConfigurationError
from gatekeeper.model.target import Target
from gatekeeper.model.vocabulary import CheckId, Label
from gatekeeper.policy.document import Document, parse_toml, read_document
from gatekeeper.policy.resolve import merge
from gatekeeper.policy.signers import signers
from gatekeeper.policy.targets import targets
from gatekeeper.policy.variables import expand, used
from tests.policy.support import PYTHON, load

SHOP = """extends = []
[target.shop]
surface = "runtime"
paths = ["src/checkout/**"]
requires = "proxy"
probe = "python probes/checkout.py --url $TARGET_URL/$GATE_COMMIT"
identify = "curl -s ${TARGET_URL}/version"
start = "python -m shop --port $GATE_PORT"
ready = "curl -sf http://127.0.0.1:$GATE_PORT/"
pass_env = ["TARGET_URL", "API_TOKEN"]
timeout = "30s"
ready_timeout = "5s"
"""
RAW = bytes(range(32))
KEY, KEY_2 = (
    "ssh-ed25519 " + base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + raw).decode() for raw in (RAW, RAW[::-1])
)
LAB = f'[[signer]]\nname = "Lab"\nkey = "{KEY} lab@example.org"\nsurfaces = ["device"]\n'


def test_a_target_is_a_check_with_a_target() -> None:
    policy = load({}, gate=SHOP)
    shop = policy.checks[CheckId("shop")]
    assert (shop.required, shop.own, shop.requires, shop.timeout_s) == (True, True, Label.PROXY, 30)
    assert shop.target == Target(
        surface="runtime",
        probe=("python", "probes/checkout.py", "--url", "$TARGET_URL/$GATE_COMMIT"),
        paths=("src/checkout/**",),
        identify=("curl", "-s", "${TARGET_URL}/version"),
        start=("python", "-m", "shop", "--port", "$GATE_PORT"),
        ready=("curl", "-sf", "http://127.0.0.1:$GATE_PORT/"),
        pass_env=("TARGET_URL", "API_TOKEN"),
        ready_timeout_s=5,
    )
    assert policy.origins["target.shop.probe"] == "gate.toml:6"
    assert policy.origins["target.shop.stand_in"] == "built in"


def test_what_is_not_said_asks_for_the_most() -> None:
    policy = load({}, gate='extends = []\n[target.x]\nsurface = "preprod"\nprobe = "sh p.sh"\n')
    settings = policy.checks[CheckId("x")]
    assert (settings.requires, settings.required, settings.reads) == (Label.DIRECT, True, "exit-status")
    assert settings.target == Target(surface="preprod", probe=("sh", "p.sh"))


def test_pytest_as_a_probe_is_told_where_its_report_goes() -> None:
    gate = 'extends = []\n[target.x]\nsurface = "preprod"\nprobe = "pytest probes"\nreads = "junit"\n'
    target = load({}, gate=gate).checks[CheckId("x")].target
    assert target is not None
    assert target.probe == ("pytest", "probes", "--junitxml={report}")


def test_targets_stand_after_the_checks_and_may_be_waived_like_them() -> None:
    waiver = (
        '[[waiver]]\ncheck = "shop"\nrule = "test-failed"\npath = "probes/x.py"\nreason = "r"\nexpires = 2030-01-01\n'
    )
    policy = load(PYTHON, gate=SHOP.replace("extends = []", "") + waiver)
    assert list(policy.checks)[-1] == "shop"
    assert policy.waivers[0].check == "shop"


def test_every_part_is_in_the_digest() -> None:
    texts = [SHOP, SHOP.replace("30s", "31s"), SHOP + LAB, SHOP + LAB.replace("device", "ci")]
    texts.append(SHOP + "[stamp]\nenabled = false\n")
    assert len({load({}, gate=text).digest for text in texts}) == len(texts)


def test_signers() -> None:
    (lab,) = load({}, gate=SHOP + LAB).signers
    assert (lab.name, lab.id, lab.surfaces) == ("Lab", hashlib.sha256(RAW).hexdigest(), ("device",))
    assert (lab.stamps, lab.approves) == (True, ())
    assert load({}, gate=SHOP).stamp.enabled
    assert not load({}, gate=SHOP + "[stamp]\nenabled = false\n").stamp.enabled


def test_a_later_layer_changes_single_keys_of_a_target_and_adds_signers() -> None:
    def document(name: str, text: str) -> Document:
        return read_document(name, *parse_toml(name, text.encode()))

    shipped = document("policies/base", SHOP.replace("extends = []\n", "") + LAB)
    second = LAB.replace("Lab", "CI").replace(KEY, KEY_2)
    own = document("gate.toml", "[target.shop]\nrequires = 'direct'\n[stamp]\nenabled = false\n" + second)
    merged = merge([shipped], (), [], own)
    found = targets(merged.file.target, (), lambda key: merged.origins[key])[CheckId("shop")]
    assert (found.requires, found.timeout_s) == (Label.DIRECT, 30)
    assert merged.origins["target.shop.requires"] == "gate.toml:2"
    assert merged.origins["target.shop.timeout"] == "policies/base:10"
    assert [signer.name for signer in signers(merged.file.signer, lambda key: merged.origins[key])] == ["Lab", "CI"]
    assert (merged.origins["signer[1]"], merged.origins["signer[2]"]) == ("policies/base:12", "gate.toml:5")
    assert not merged.file.stamp.enabled


def changed(old: str, new: str) -> str:
    assert old in SHOP
    return SHOP.replace(old, new)


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        (changed('"proxy"', '"blocked"'), "gate.toml:5: target.shop.requires = 'blocked'", "nobody can require it"),
        (changed('"proxy"', '"strong"'), "gate.toml:5: target.shop.requires = 'strong'", '"direct", "proxy" or'),
        (changed('"proxy"', "[]"), "gate.toml:5: target.shop.requires = []", '"direct", "proxy" or'),
        (changed('"runtime"', '"Run Time"'), "gate.toml:3: target.shop.surface = 'Run Time'", "one word"),
        (changed('surface = "runtime"\n', ""), "gate.toml:2: target.shop has no 'surface'", "add surface"),
        (changed("probe =", "probee ="), "gate.toml:6: unknown key 'probee' in [target.shop]", "'probe'"),
        (changed("probe =", "#"), "gate.toml:2: target.shop has no 'probe'", "add probe"),
        (changed("ready =", "#"), "gate.toml:8: target.shop has start, but no ready", "add ready ="),
        (changed("/$GATE_COMMIT", "/$USER"), "gate.toml:6: target.shop.probe uses $USER", 'pass_env = ["USER"]'),
        (changed("$GATE_COMMIT", "$GATE_COMIT"), "gate.toml:6: target.shop.probe uses $GATE_COMIT", "'GATE_COMMIT'"),
        (changed("--port $GATE_PORT", "--url $TARGET_URL"), "gate.toml:8: target.shop.start uses $TARGET_URL, but",
         "it gets $GATE_PORT alone"),
        (changed("start =", "#"), "gate.toml:9: target.shop.ready uses $GATE_PORT, but nothing", "add start"),
        (changed('"python probes', '"$GATE_TREE probes'), "gate.toml:6: target.shop.probe begins with", "the program"),
        (changed('"python probes', '"a | python probes'), "gate.toml:6: target.shop.probe uses '|'", '["sh", "-c"'),
        (changed('["TARGET_URL", "API_TOKEN"]', '["A-B"]'), "gate.toml:10: target.shop.pass_env", "'A-B' is none"),
        (changed('"API_TOKEN"]', '"GATE_PORT"]'), "gate.toml:10: target.shop.pass_env", "sets GATE_PORT"),
        (changed('"API_TOKEN"]', '"PATH"]'), "gate.toml:10: target.shop.pass_env", "sets PATH"),
        (changed('"30s"', '"soon"'), "gate.toml:11: target.shop.timeout = 'soon'", '"10m"'),
        (changed("[target.shop]", "[target.tests]"), "gate.toml:2: target.tests has the name of a check", "name it"),
        (SHOP + '[check.shop]\ncommand = "x"\n', "gate.toml:2: target.shop has the name of a check", "name it"),
        (changed("[target.shop]", "[target.Shop]"), "gate.toml:2: 'Shop' cannot be the name of a target", "lower-case"),
        ("extends = []\ntarget = 3\n", "gate.toml:2: target = 3 is not understood", "a table"),
        ("extends = []\n[target]\nx = 3\n", "gate.toml:3: target.x = 3 is not understood", "a table"),
        (SHOP + LAB.replace("ed25519", "rsa"), "gate.toml:13: signer[1].key is not an ed25519", "'ssh-rsa'"),
        (SHOP + LAB.replace("AAAA", "AAA!"), "gate.toml:13: signer[1].key is not an ed25519", "not base64"),
        (SHOP + LAB.replace(KEY, KEY[:40]), "gate.toml:13: signer[1].key is not an ed25519", ".pub file"),
        (SHOP + LAB + LAB.replace("Lab", "Lab2"), "gate.toml:17: signer[2] has the key of 'Lab'", "keep one"),
        (SHOP + LAB.replace('name = "Lab"', 'name = " "'), "gate.toml:14: signer[1].name", "people know"),
        (SHOP + LAB.replace('name = "Lab"\n', ""), "gate.toml:13: signer[1] has no 'name'", "add name"),
        (SHOP + LAB.replace("surfaces", "surface"), "gate.toml:16: unknown key 'surface' in [signer[1]]", "'surfaces'"),
        (SHOP + LAB + 'approves = ["*"]\n', "gate.toml:17: signer[1].approves", "one by one"),
        (SHOP + "[stamp]\nenable = true\n", "gate.toml:14: unknown key 'enable' in [stamp]", "'enabled'"),
    ],
)  # fmt: skip
def test_mistakes(text: str, what: str, hint: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load({}, gate=text)
    assert raised.value.what.startswith(what)
    assert hint in raised.value.what + raised.value.hint


def test_variables() -> None:
    words = ("a$X", "${Y}b$X", "$$X", "$1", "$", "${Z:-q}")
    assert used(words) == ("X", "Y")
    assert expand(words, {"X": "1$Y", "Y": "2"}) == ("a1$Y", "2b1$Y", "$X", "$1", "$", "${Z:-q}")
    with pytest.raises(KeyError):
        expand(("$X",), {})


VALUES = st.booleans() | st.integers(-5, 5) | st.sampled_from(["1m", "runtime", "direct", "$X", "a b", "", "'"])
KEYS = ["surface", "paths", "requires", "probe", "identify", "start", "ready", "stand_in", "pass_env", "timeout", "x"]


@given(st.dictionaries(st.sampled_from(KEYS), VALUES | st.lists(VALUES, max_size=2), max_size=8))
def test_any_table_is_a_target_or_a_named_error(table: dict[str, object]) -> None:
    text = "extends = []\n[target.t]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in table.items())
    try:
        load({}, gate=text)
    except ConfigurationError as error:
        assert error.what.startswith("gate.toml:")
        assert error.hint


def _toml(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else f'"{value}"' if isinstance(value, str) else str(value)
