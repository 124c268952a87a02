"""What was said to have been seen on a running system."""

from msgspec.structs import replace

from tests.lawbook.dsl import Law, about, absent, attested, claims, found, probed, seen

_KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIGU3nlzfwqJeyUEmTTaVUe6LI0YyJsBJf6gZ4hFtR3lI"
_SHOP = """
[target.shop]
surface = "production"
probe = "python probes/shop.py"
identify = "python probes/version.py"
requires = "{}"
{}
[check.self-review]
rejects = ["overclaim"]
"""
_DIRECT, _STAND_IN = _SHOP.format("direct", ""), _SHOP.format("proxy", "stand_in = true")
_PROXY = _SHOP.format("proxy", "")
_BROWSER = _DIRECT.replace('"production"', '"browser"')
_STARTED = _BROWSER.replace('identify = "python probes/version.py"', 'start = "python shop.py"\nready = "true"')
_REVIEW, _TESTS = seen("self-review", claims=1), seen("tests", passed=214)


def _law(id_: str, story: str, verdict: str, *fires: str, gate: str = _DIRECT, **more: object) -> Law:
    shop = more.pop("shop")
    heads = (_REVIEW, _TESTS, shop)
    facts = about({"shop": "production"})
    return Law(id_, story, verdict, fires, heads, facts=facts, policy=("python",), gate=gate, **more)  # type: ignore[arg-type]


_UNPROVEN = probed("shop", identity="unproven")
TARGETS = (
    _law(
        "production-that-named-the-commit", "Production was probed, and said that it runs this commit.", "accepted",
        shop=probed("shop"), review=claims("shop=direct"),
    ),
    _law(
        "proxy-called-production", "A stand-in was probed and reported as production.", "rejected",
        "self-review/overclaim", gate=_STAND_IN, shop=probed("shop"), review=claims("shop=direct"),
    ),
    _law(
        "proxy-called-proxy", "A stand-in was probed and reported as a stand-in.", "accepted", gate=_STAND_IN,
        shop=probed("shop"), review=claims("shop=proxy"),
    ),
    _law(
        "proxy-where-direct-is-required", "A target that proved nothing about its commit stood in for production.",
        "rejected", "shop/evidence-too-weak", shop=_UNPROVEN, review=claims("shop=proxy"),
    ),
    _law(
        "another-commit-in-production", "The probe was green, and production still ran the commit before.", "blocked",
        shop=probed("shop", identity="contradicted"),
    ),
    _law(
        "page-that-opened-called-a-finished-flow", "The first page opened; the probe of the whole flow failed.",
        "rejected", "self-review/overclaim", "shop/test-failed", gate=_BROWSER, review=claims("shop=direct"),
        shop=probed("shop", found("shop", "test-failed", None, symbol="checkout finishes"), exit_=1),
    ),
    _law(
        "flow-that-was-finished", "The whole flow was walked through in a browser that the gate started.", "accepted",
        gate=_STARTED, shop=probed("shop", started=True, identity="unproven"),
        review=claims("shop=direct"),
    ),
    _law(
        "exit-status-called-an-observation", "The probe exited with 0, and left neither report nor artefact.",
        "blocked", shop=probed("shop", artefact=False),
    ),
    _law(
        "target-never-probed", "Nobody looked at production, and nobody asked.", "blocked",
        shop=absent("shop", "no credentials for the shop"),
    ),
    _law(
        "target-claimed-and-never-probed", "Production was reported as seen, and no probe had run.", "blocked",
        "self-review/unsupported", shop=absent("shop", "no credentials for the shop"), review=claims("shop=direct"),
    ),
    _law(
        "word-of-an-unknown-signer", "Somebody unknown attested that production works.", "blocked",
        shop=replace(absent("shop", "no credentials"), attestations=(attested("shop", "direct", "9" * 64),)),
    ),
    _law(
        "proxy-that-is-enough", "The policy asks for a proxy, and there is one.", "accepted", gate=_PROXY,
        shop=_UNPROVEN, review=claims("shop=proxy"),
    ),
    _law(
        "direct-where-a-proxy-is-enough", "More was shown than was asked for.", "accepted", gate=_PROXY,
        shop=probed("shop"), review=claims("shop=proxy"),
    ),
)  # fmt: skip
