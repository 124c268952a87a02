"""The words by which prose is judged: plain sets, in lower case. Nothing here is evidence; it only finds sentences."""


def words_of(text: str) -> frozenset[str]:
    """A set from words with blanks between them."""
    return frozenset(text.split())


# Stand-ins for what is not the author's own prose; no word can look like them, because words begin with a letter.
CODE = "`code`"
TEST_CODE = "`test`"  # a command that tests, lints or builds: it may be the subject of a claim
QUOTE = "“quote”"
GOOD = "✅"
BAD = "❌"

GOOD_MARKS = frozenset("✅✔☑✓🟢")
BAD_MARKS = frozenset("❌✗✘🔴⚠⛔🚫🟡🟠🚧⏳")

# Where a thought ends. After a hard stop nothing said before it takes a claim back; a soft stop ends most scopes.
HARD_STOPS = frozenset({";", "—", "|", ".", "!", "but", "however", "though", "although"})
SOFT_STOPS = frozenset({",", ":"})

TOOLS = words_of(
    "bandit bazel biome black cargo clippy cmake ctest cypress eslint flake8 gradle jest junit mocha mvn mypy"
    " nextest nox phpunit playwright pre-commit prettier pyright pytest rspec ruff shellcheck tox tsc unittest"
    " vitest"
)
TESTS = TOOLS | words_of(
    "build builds canary check checker checklist checks ci ci/cd compilation compiler deploy deployment e2e gate"
    " gates job jobs lint linter linters linting migration pipeline pipelines qa regression result results rollout"
    " scenario scenarios smoke spec specs suite suites test testing tests testsuite type-check type-checks"
    " typecheck typechecking types typing validation verification workflow workflows"
)
# In a code span these make a command one that tests something.
TEST_COMMANDS = TOOLS | words_of("build check e2e lint smoke spec test tests typecheck verify vet")

EVERYTHING = words_of("all both each everything every they")

PASSED = words_of("pass passed passes passing")
GOOD_STATE = words_of("clean cleanly fine green happy ok successful succeeded succeeds succeed success")
# What may follow a result. Before anything else `pass` hands something over and `clean` tidies something up.
AFTER_RESULT = words_of(
    "across after again against alike also and as at because before both but by consistently despite during"
    " either even everywhere except first for from here if in including is locally now on once or over so still"
    " than there this throughout time too twice unchanged under until upon w/ when while with without"
)
HANDED_OVER = frozenset({"as", "by", "from", "into", "over", "this", "through", "to"})
# `The green path`, `return on success`: the word belongs to what follows or to a case.
ATTRIBUTIVE = words_of("a an any by every for in of on only the this until with")
# What may stand between `passes` and the tests that it passes.
WHOLE = words_of("all both each entire every existing full its new number of our own same the updated whole")

VERIFIED = words_of(
    "benchmarked checked confirmed double-checked exercised proven qa'd smoke-tested tested tested-by validated"
    " verified verified-by"
)
# Who does the verifying, and what may stand between them and the word.
BEFORE_VERIFIED = words_of("and been get got had has have i then was we were")
THOROUGHLY = words_of(
    "carefully exhaustively extensively fully independently locally manual manually personally repeatedly"
    " successfully thoroughly visually well"
)
MEANWHILE = words_of("actually already also both just now properly")
PRESENT_PASSIVE = frozenset({"is", "are", "am", "being"})
KINDS_OF_TESTING = words_of("battle double field hand integration load qa regression sanity smoke soak stress unit")
# `Verified users can …` speaks of users.
VERIFIED_THINGS = words_of(
    "account accounts address addresses customer customers email emails member members order orders session"
    " sessions user users"
)
# What follows a participle that tells where or how it was done.
AFTER_VERIFIED = words_of(
    "across after again against and at before by end end-to-end fixed in it locally manually ok on that the this"
    " under using via w/ with working"
)

PLACES = words_of(
    "android board browser browsers chrome cluster desktop device devices edge emulator env environment"
    " environments everywhere firefox hardware host ios ipad iphone laptop linux local locally mac machine macos"
    " mobile node phone phones pi pixel platform platforms preview prod production qa safari server servers side"
    " simulator staging tablet uat ubuntu windows"
)

WORKS = words_of("functioning work worked working works")
# These say less: only a word of praise makes a claim of them.
BEHAVES = words_of(
    "behave behaved behaves boots compiled compiles launched launches load loaded loads render rendered renders"
    " runs start started starts"
)
PRAISE = words_of(
    "again cleanly correctly end-to-end everywhere fine flawlessly good great locally nicely now perfectly"
    " properly reliably smoothly well"
)
AS_TOLD = words_of("advertised before described designed expected intended specified")  # `works as …`
STRONG_PRAISE = PRAISE - {"now", "again", "locally", "everywhere", "good"}

RAN = words_of("executed ran re-ran reran re-executed")
DONE = words_of("built compiled completed deployed finished installed migrated passed ran released")

NONE = words_of("0 no none nothing zero")
FAILURES = words_of(
    "alert alerts corruption crash crashes error errors failure failures finding findings hang hangs incident"
    " incidents issue issues leak leaks outage outages problem problems regression regressions vulnerabilities"
    " vulnerability warning warnings"
)
BUGS = FAILURES | words_of("bug bugs deadlock deadlocks flake flakiness flicker race")
# `The fix is verified` speaks of the work, `the signature is verified` of what code does.
WORK = words_of("all branch change everything feature fix implementation patch pr release solution this upgrade")
BROKE = words_of("break breaks broke broken fail failed fails failing")
REPRODUCES = words_of("reproduce reproduced reproduces reproducible")

# `Logs show …`, `manual testing confirms …`
SHOWS = words_of("confirm confirmed confirms demonstrate demonstrates prove proves show showed shows")
SHOWN_BY = words_of(
    "benchmark benchmarks ci graphs log logs measurement measurements metrics output profiling result results run"
    " runs screenshot screenshots testing trace traces video"
)

NOT = words_of("barely cannot hardly neither never no nobody none nor not nothing unable without")
NOT_WITHOUT_APOSTROPHE = words_of("arent cant couldnt didnt doesnt dont hasnt havent isnt wasnt werent wont wouldnt")
MODALS = words_of(
    "can could going gonna intend intends may might must need needed needs ought plan planned planning plans"
    " shall should todo want wants will would"
)
HEDGES = words_of(
    "apparently appear appears assume assumed believe expect expected guess hope hopefully likely maybe perhaps"
    " presumably probably seem seems supposed supposedly suspect theoretically think unclear"
)
CONDITIONS = words_of("after before how if once provided unless until when whenever where whether why wonder")
HISTORY = words_of("earlier formerly historically originally previously")
REPORTS = words_of(
    "claim claimed claiming claims mention mentions promised promises read reads said say saying says stated"
    " states tells told write writes written wrote"
)
# To say that something shall be so, or that code looks whether it is so.
PURPOSES = words_of(
    "assert asserting asserts confirm ensure ensures ensuring guarantee guarantees make require required requires"
    " validate validates verifies verify verifying waiting"
)
PHRASES = frozenset(
    {
        ("as", "long"),
        ("as", "soon"),
        ("check", "that"),
        ("checking", "that"),
        ("checks", "that"),
        ("checks", "whether"),
        ("failed", "to"),
        ("had", "to"),
        ("has", "to"),
        ("have", "to"),
        ("in", "case"),
        ("in", "order"),
        ("in", "theory"),
        ("no", "longer"),
        ("see", "if"),
        ("so", "that"),
        ("used", "to"),
        ("yet", "to"),
    }
)

# What follows a claim and takes it back: `no regressions expected`, `all checks green is required`, `passes sometimes`.
AFTERTHOUGHTS = words_of(
    "allowed expected intermittently mandatory must needed occasionally required should sometimes until"
)
ANSWERED_NO = words_of("false n/a no none nope not pending tbd todo")

# A sentence that begins so speaks of a case, not of what was seen.
OPEN_CONDITIONS = words_of("assuming if once provided unless until")
# Orders, as in the subject of a commit. With the first kind even `lint, types and tests pass` is what is ordered.
CAUSING = words_of("allow assert bring confirm ensure get guarantee have help keep let make require see verify")
ORDERS = CAUSING | words_of(
    "accept add apply approve ask avoid bump change clean clear collect configure copy create delete deploy"
    " disable do document don drop enable explain extend extract fail fix handle implement improve include install"
    " introduce log mark merge migrate move pass print raise reject release remove rename replace report rerun"
    " reset restore retry return revert rewrite run save send set show simplify skip speed split start stop store"
    " support switch teach try update use validate wait wire write"
)
# With a tick these orders say that it was looked at: `- [x] Verify the upgrade`.
TICKED_ORDERS = words_of("check confirm ensure exercise run test try validate verify")
ORDERS_OF_SOMETHING = words_of("build check lint test")  # nouns as well: an order only before an object
OBJECTS = words_of("a all an for if it on that the this whether with")
COMMIT_TYPES = words_of("build chore ci docs feat feature fix hotfix perf refactor revert style test")

# Labels and headings under which nothing is a claim: what is to be done, or what ought to be.
PLANS = frozenset(
    {
        "acceptance criteria",
        "definition of done",
        "done when",
        "expected",
        "expected behavior",
        "expected behaviour",
        "expected result",
        "expected results",
        "fixme",
        "follow up",
        "follow ups",
        "follow-up",
        "follow-ups",
        "goal",
        "goals",
        "how to test",
        "how to verify",
        "next",
        "next step",
        "next steps",
        "not done",
        "open",
        "out of scope",
        "pending",
        "planned",
        "remaining",
        "requirements",
        "still open",
        "tbd",
        "to do",
        "todo",
        "todos",
        "wip",
    }
)

# Work that was done is no proof that it works: `✅ Added tests`.
WORK_DONE = words_of(
    "add added adds adjusted changed cleaned covered created documented extended fixed implemented improved"
    " introduced made migrated moved new refactored removed renamed reworked updated wrote"
)
